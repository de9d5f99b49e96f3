namespace Picket.Faults.Site;

/// <summary>What packaging/verify-delivery.py found.</summary>
/// <param name="Accepted">Events of the journal.</param>
/// <param name="Stored">Messages at the center.</param>
/// <param name="Differences">By name of the check; empty when all is exact.</param>
internal sealed record JudgeResult(
    bool Exact, long Events, long Accepted, long Stored, long Passages, long Crops, long Lost, long Twice,
    IReadOnlyDictionary<string, long> Differences);
