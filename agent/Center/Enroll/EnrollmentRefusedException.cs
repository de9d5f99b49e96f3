namespace Picket.Center.Enroll;

/// <summary>The enrollment port says no; the message goes to the node: what, and what to do.</summary>
internal sealed class EnrollmentRefusedException(int status, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>The HTTP status: 400 malformed, 403 not allowed.</summary>
    public int Status { get; } = status;
}
