using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>What retention had to delete although the center has not acknowledged it.</summary>
/// <param name="Gaps">One for each priority that lost events; to be declared in the same transaction.</param>
/// <param name="Events">Rows deleted; fewer than the gaps count where older gaps were merged into them.</param>
internal sealed record RetentionLoss(IReadOnlyList<NodeGapBody> Gaps, long Events, long Crops);
