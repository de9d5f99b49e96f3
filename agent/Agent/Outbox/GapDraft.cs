using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>A gap to be declared, with what the outbox must remember of it: who asks for those numbers again gets the
/// same declaration.</summary>
/// <param name="Fresh">The numbers that it declares and no gap before it did.</param>
/// <param name="Merged">The numbers of deleted gap events whose declarations it takes over.</param>
internal sealed record GapDraft(NodeGapBody Body, IReadOnlyList<SeqRange> Fresh, IReadOnlyList<long> Merged);
