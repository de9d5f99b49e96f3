namespace Picket.Agent.Outbox;

/// <summary>A committed event as it is sent.</summary>
/// <param name="Body">The JSON of the envelope, UTF-8.</param>
/// <param name="Decoded">When the deciding frame was decoded, on the clock of <see cref="OutboxStore.Clock"/> in
/// nanoseconds; null without a frame.</param>
internal readonly record struct OutboxRow(long Seq, Guid Id, byte[] Body, long? Decoded);
