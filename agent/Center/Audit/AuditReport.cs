namespace Picket.Center.Audit;

/// <summary>What a check of the whole log found.</summary>
/// <param name="Head">The end of the part that is in order.</param>
/// <param name="Fault">The first thing that is not in order, with its line; null when all is.</param>
/// <param name="HeadFound">Whether the head that was asked for is in the chain; true when none was.</param>
/// <param name="After">The end of a log before that this file continues and that is not in it; null for a whole one.</param>
internal sealed record AuditReport(
    AuditHead Head, DateTimeOffset? First, DateTimeOffset? Last, string? Fault, bool HeadFound, AuditHead? After);
