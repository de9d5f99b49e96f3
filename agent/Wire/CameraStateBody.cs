using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>A camera went down or came back.</summary>
/// <param name="Reason">What a technician reads: what happened, where, what to do. Credentials in it are masked, on
/// whichever side it is made.</param>
/// <param name="DownSeconds">How long it was down, only in <c>camera.up</c>.</param>
public sealed record CameraStateBody(
    string Reason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? DownSeconds = null)
{
    public string Reason { get; init; } = CredentialMask.Mask(Reason);
}
