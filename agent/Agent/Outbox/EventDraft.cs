using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>An event as decided, before it exists: everything but the epoch, the number and the monotonic time, which the commit
/// assigns.</summary>
internal sealed record EventDraft
{
    /// <summary>UUIDv7, created once, when the event is decided.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The camera's name, or null for events of the node itself.</summary>
    public string? Camera { get; init; }

    /// <summary>UTC of the frame (or of the moment, for events without a frame).</summary>
    public required DateTimeOffset At { get; init; }

    public required EventKind Kind { get; init; }

    /// <summary>UUIDv7 of the object's passage, or null; comes with <see cref="Phase"/> and <see cref="Rev"/>.</summary>
    public Guid? Passage { get; init; }

    public PassagePhase? Phase { get; init; }

    public int Rev { get; init; }

    public required EventBody Body { get; init; }

    /// <summary>The clock's timestamp (<see cref="TimeProvider.GetTimestamp"/>) when the deciding frame was decoded, to measure the time
    /// from there to the center's ack; null for events without a frame.</summary>
    public long? Decoded { get; init; }

    /// <summary>The picture that the body names and that accompanies this event; null for an event that has none or names an earlier
    /// event's.</summary>
    public OutboxCrop? Crop { get; init; }
}

/// <summary>A JPEG that belongs to an event; committed with it, sent after it.</summary>
/// <param name="Id">As named in the event's body.</param>
/// <param name="Jpeg">At most <see cref="MaxBytes"/>; the outbox takes ownership.</param>
internal sealed record OutboxCrop(Guid Id, byte[] Jpeg)
{
    /// <summary>What the wire's chunks carry.</summary>
    public const int MaxBytes = CropChunk.MaxCount * CropChunk.MaxDataBytes;
}
