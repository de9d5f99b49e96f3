using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>A JPEG that follows an event; committed with it, sent behind it.</summary>
/// <param name="Id">As named in the event's body.</param>
/// <param name="Jpeg">At most <see cref="MaxBytes"/>; the outbox takes ownership.</param>
internal sealed record OutboxCrop(Guid Id, byte[] Jpeg)
{
    /// <summary>What the wire's chunks carry.</summary>
    public const int MaxBytes = CropChunk.MaxCount * CropChunk.MaxDataBytes;
}
