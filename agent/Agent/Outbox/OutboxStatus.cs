namespace Picket.Agent.Outbox;

/// <summary>What an outbox holds.</summary>
/// <param name="LastSeq">The number of the newest event; 0 when there was none.</param>
/// <param name="Pending">Events without the center's ack.</param>
/// <param name="PendingAlerts">Those of them that go first: alerts and gaps.</param>
/// <param name="Acked">Events kept after their ack, until retention deletes them.</param>
/// <param name="PendingCrops">Crops without the center's ack.</param>
/// <param name="OldestPending">When the oldest pending event was committed; null when there is none.</param>
/// <param name="Bytes">Used in the file, free pages not counted.</param>
/// <param name="LostEvents">Events that retention had to delete before their ack, since the outbox was made; each was
/// declared by a gap event.</param>
/// <param name="LostCrops">The same for crops, which no gap event declares.</param>
/// <param name="DeadLetters">Events that the center has refused for good, kept until retention deletes them: they are
/// neither pending nor acknowledged.</param>
internal sealed record OutboxStatus(
    Guid Epoch,
    long LastSeq,
    long Pending,
    long PendingAlerts,
    long Acked,
    long PendingCrops,
    DateTimeOffset? OldestPending,
    long Bytes,
    long LostEvents,
    long LostCrops,
    long DeadLetters);
