using System.Text.Json;
using Picket.Wire;

namespace Picket.Agent.Cli;

/// <summary>What <c>picket outbox list</c> tells of an event: where it stands, not whom it is about.</summary>
/// <param name="Refused">Why the center takes it never, of a dead letter.</param>
/// <param name="Kind">As on the wire; so is <paramref name="Phase"/>.</param>
internal sealed record OutboxLine(
    long Seq, Guid Id, DateTimeOffset At, string Kind, string? Camera, Guid? Passage, string? Phase,
    DateTimeOffset? AckedAt, string? Refused)
{
    public static OutboxLine Of(EventEnvelope e, DateTimeOffset? ackedAt, string? refused) => new(
        e.Seq,
        e.Id,
        e.At,
        JsonSerializer.Serialize(e.Kind, WireJsonContext.Default.EventKind).Trim('"'),
        e.Camera,
        e.Passage,
        e.Phase is { } phase ? JsonSerializer.Serialize(phase, WireJsonContext.Default.PassagePhase).Trim('"') : null,
        ackedAt,
        refused);
}
