using Picket.Wire;

namespace Picket.Agent.Decide;

/// <summary>An event as decided; the outbox gives it id, epoch and seq when it commits it.</summary>
internal sealed record EventDraft(
    EventKind Kind,
    string? Camera,
    DateTimeOffset At,
    EventBody Body,
    Guid? Passage = null,
    PassagePhase? Phase = null,
    int Rev = 0);
