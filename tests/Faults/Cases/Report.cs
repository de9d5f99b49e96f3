using System.Globalization;
using System.Text;
using Picket.Faults.Phases;

namespace Picket.Faults.Cases;

/// <summary>The results as a table for people.</summary>
internal static class Report
{
    public static string Table(IReadOnlyList<CaseResult> results, int seed)
    {
        var text = new StringBuilder();
        text.AppendLine("| case | runs | kill -9 by phase | events | lost | twice | worst recovery | |");
        text.AppendLine("|---|---:|---|---:|---:|---:|---:|---|");
        foreach (var r in results)
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {r.Name} | {r.Runs} | {ByPhase(r.Kills)} | {r.Events:N0} | {r.Lost} | {r.Twice} "
                    + $"| {r.WorstRecovery.TotalSeconds:0.0} s | {Verdict(r)} |");
        var kills = results.SelectMany(r => r.Kills).ToArray();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"| **all** | {results.Sum(r => r.Runs)} | {kills.Length} | {results.Sum(r => r.Events):N0} "
                + $"| {results.Sum(r => r.Lost)} | {results.Sum(r => r.Twice)} "
                + $"| {results.Select(r => r.WorstRecovery.TotalSeconds).DefaultIfEmpty().Max():0.0} s | |");
        text.AppendLine();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"Seed {seed}. {kills.Length} kills -9; inside a phase when they struck: {ByPhase(kills)}.");
        return text.ToString();
    }

    public static string Page(IReadOnlyList<CaseResult> results, int seed, string table) => table;

    /// <summary>A kill in two phases at once counts in both.</summary>
    private static string ByPhase(IReadOnlyList<Kill> kills)
    {
        if (kills.Count == 0) return "";
        var inPhase = Enum.GetValues<Phase>()
            .Select(phase => (phase, Count: kills.Count(k => k.Phases.Contains(phase))))
            .Where(p => p.Count > 0)
            .Select(p => $"{Name(p.phase)} {p.Count}");
        var between = kills.Count(k => k.Phases.Count == 0);
        return string.Join(", ", between > 0 ? inPhase.Append($"between {between}") : inPhase);
    }

    private static string Name(Phase phase) => phase == Phase.CenterCommit ? "center commit" : phase.ToString().ToLowerInvariant();

    private static string Verdict(CaseResult r) => r.IsPassed ? r.Note ?? "" : "**FAILED**: " + string.Join("; ", r.Faults);
}
