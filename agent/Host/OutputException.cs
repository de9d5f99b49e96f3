using System.Runtime.InteropServices;

namespace Picket.Host;

/// <summary>Standard output takes no more: its reader is gone, or what it goes to is full.</summary>
/// <param name="error">The errno of the write.</param>
public sealed class OutputException(int error)
    : IOException($"standard output can't be written: {Marshal.GetPInvokeErrorMessage(error)}")
{
    private const int BrokenPipe = 32; // EPIPE

    /// <summary>Nobody listens any more (<c>picket ... | head -1</c>): no fault, and nothing to tell anybody.</summary>
    public bool IsReaderGone => error == BrokenPipe;
}
