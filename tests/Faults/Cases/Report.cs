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

    /// <summary>A line for each figure with its bound: lost and twice of every case that was run now, and the kills of a whole
    /// run.</summary>
    public static string Bounds(IReadOnlyList<CaseResult> results, int? leastKills)
    {
        var text = new StringBuilder();
        foreach (var r in results)
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"bound: {r.Name}: {r.Lost} lost, {r.Twice} twice, {r.Faults.Count} faults, at most 0: {(r.IsPassed ? "held" : "MISSED")}");
        if (leastKills is { } least)
        {
            var kills = results.Sum(r => r.Kills.Count);
            text.AppendLine(
                CultureInfo.InvariantCulture, $"bound: kills -9: {kills}, at least {least}: {(kills >= least ? "held" : "MISSED")}");
        }
        return text.ToString();
    }

    public static string Page(string table) => $"""
        # Fault matrix

        Written by `make faults`: each row is a case, run over and over with real programs (mosquitto with the generated configuration,
        `picket-center`, and a node of the product's own outbox, pump and link with a generator of events in place of cameras). After each
        run `packaging/verify-delivery.py`, which shares no code with them, compares three witnesses: the journal in which the node wrote
        down each event after its outbox had accepted it, the outbox, and the center's database. *Lost*: accepted and not at the center.
        *Twice*: stored more than once, or a passage with more than one row. *Worst recovery*: from the end of the fault (for a kill: from
        the start of the killed program) until the center had acknowledged everything, with the product's own waits.

        A kill counts in a phase when the programs' own announcements say that something was in it before and after the signal: *commit*:
        the outbox was at work on a COMMIT with events; *publish*: an event was given to the link and the broker had not answered; *center
        commit*: the center's database was at work on a COMMIT; *ack*: committed at the center, not yet marked in the outbox. One kill may
        be in several phases. The commits of both programs are announced by SQLite's own tracing (in the unchanged `picket-center` by a
        .NET startup hook), those of PostgreSQL by a tap on its socket. The same seed aims at the same moments; what it hits there is
        the machine's.

        {table}
        """;

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

    private static string Name(Phase phase) =>
        phase == Phase.CenterCommit ? "center commit" : phase.ToString().ToLowerInvariant();

    private static string Verdict(CaseResult r) =>
        r.IsPassed ? r.Note ?? "" : "**FAILED**: " + string.Join("; ", r.Faults);
}
