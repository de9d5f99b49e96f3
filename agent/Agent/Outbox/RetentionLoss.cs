namespace Picket.Agent.Outbox;

/// <summary>What retention had to delete although the center has not acknowledged it.</summary>
/// <param name="Gaps">To be declared in the same transaction.</param>
/// <param name="Events">Rows deleted; fewer than the gaps count where older gaps were merged into them.</param>
internal sealed record RetentionLoss(IReadOnlyList<GapDraft> Gaps, long Events, long Crops);
