namespace Picket.Faults.Cases;

/// <summary>How a case of the matrix ended.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Runs">How often it was done and judged.</param>
/// <param name="Events">Accepted by the outbox and found at the center.</param>
/// <param name="WorstRecovery">From the end of the fault until the center had acknowledged everything.</param>
/// <param name="Faults">What the judge or the case found wrong; empty when all is exact.</param>
/// <param name="Note">What a reader has to know about it, or null.</param>
internal sealed record CaseResult(
    string Name, int Runs, IReadOnlyList<Kill> Kills, long Events, long Lost, long Twice, TimeSpan WorstRecovery,
    TimeSpan Took, IReadOnlyList<string> Faults, string? Note = null)
{
    public bool IsPassed => Faults.Count == 0 && Lost == 0 && Twice == 0;
}
