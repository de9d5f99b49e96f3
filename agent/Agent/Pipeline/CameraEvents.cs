using Picket.Agent.Decide;
using Picket.Agent.Telemetry;

namespace Picket.Agent.Pipeline;

/// <summary>Where a camera's lanes send what they decide: counted, and on to the outbox.</summary>
internal sealed class CameraEvents(EventSink sink, CameraTelemetry telemetry)
{
    /// <param name="decoded">When the deciding frame was decoded, or null.</param>
    /// <param name="crop">The JPEG that the event names; takes ownership. Null when it names none.</param>
    public void Send(EventDraft draft, long? decoded, byte[]? crop = null)
    {
        telemetry.EventMade();
        sink.Add(draft, decoded, crop);
    }

    /// <summary>
    /// Makes the picture that an event names; null when that fails, which must never cost the event.
    /// </summary>
    public byte[]? TryMakeCrop(Func<byte[]> encode)
    {
        try
        {
            return encode();
        }
        catch (Exception e) when (e is PicketException or ArgumentException)
        {
            telemetry.CropLost();
            return null;
        }
    }
}
