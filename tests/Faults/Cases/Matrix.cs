using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Picket.Faults.Phases;
using Picket.Faults.Site;
using Picket.Tests.Support;

namespace Picket.Faults.Cases;

/// <summary>All cases in order; a case that fails does not stop the others.</summary>
/// <param name="folder">For sites, logs and <c>results.jsonl</c>, where each kill is written down.</param>
/// <param name="only">Part of the names of the cases to be run, or null for all.</param>
/// <param name="report">Where the table goes, or null.</param>
internal sealed class Matrix(string folder, int seed, bool isShort, string? only, string? report)
{
    private static readonly JsonSerializerOptions JsonOptions = new() { Converters = { new JsonStringEnumConverter() } };

    private static readonly TimeSpan Blink = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan While = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Dead = TimeSpan.FromSeconds(35);

    /// <summary>What the page promises: over 200 kills, aimed at all phases.</summary>
    private const int LeastKills = 200;

    private readonly Dictionary<string, Func<CaseRun, Task>> _cases = isShort ? Short() : Full();
    private readonly string _results = Path.Combine(folder, "results.jsonl");

    /// <summary>Returns the exit code.</summary>
    public async Task<int> RunAsync()
    {
        Directory.CreateDirectory(folder);
        var results = new List<CaseResult>();
        var chosen = _cases.Where(c => only is null || c.Key.Contains(only, StringComparison.Ordinal)).ToArray();
        foreach (var (index, (name, work)) in chosen.Index())
        {
            var place = $"[{index + 1}/{chosen.Length}]";
            var words = string.Concat(name.Where(c => c is ' ' || char.IsLetterOrDigit(c)));
            var caseFolder = Path.Combine(folder, words.Replace(' ', '-'));
            // What a failed run of it left.
            if (Directory.Exists(caseFolder)) Directory.Delete(caseFolder, recursive: true);
            var run = new CaseRun(name, caseFolder, seed, isShort, line => Tell($"{place} {line}"));
            try
            {
                await work(run);
            }
            catch (Exception e) when (e is InvalidOperationException or IOException or TimeoutException)
            {
                run.Fault(e.Message);
            }
            var result = run.Result();
            results.Add(result);
            await File.AppendAllLinesAsync(_results, [JsonSerializer.Serialize(result, JsonOptions)]);
            Tell($"{place} {name}: {(result.IsPassed ? "passed" : "FAILED: " + string.Join("; ", result.Faults))} "
                + $"in {result.Took.TotalSeconds:0} s");
            if (result.IsPassed && Directory.Exists(caseFolder)) Directory.Delete(caseFolder, recursive: true);
        }
        var all = await AllAsync();
        var table = Report.Table(all, seed);
        Console.WriteLine(table);
        // Only the whole matrix is meant to kill so often.
        int? leastKills = isShort || only is not null ? null : LeastKills;
        Console.Write(Report.Bounds(results, leastKills));
        if (report is not null) await File.WriteAllTextAsync(report, Report.Page(table));
        var areEnough = leastKills is null || results.Sum(r => r.Kills.Count) >= leastKills;
        return results.All(r => r.IsPassed) && results.Count > 0 && areEnough ? 0 : 1;
    }

    /// <summary>The last result of each case that was ever run in this folder, in the order of the matrix: a run of a few
    /// cases brings the page up to date.</summary>
    private async Task<IReadOnlyList<CaseResult>> AllAsync()
    {
        var last = new Dictionary<string, CaseResult>();
        foreach (var line in await File.ReadAllLinesAsync(_results))
        {
            var result = JsonSerializer.Deserialize<CaseResult>(line, JsonOptions)!;
            last[result.Name] = result;
        }
        return [.. _cases.Keys.Where(last.ContainsKey).Select(name => last[name])];
    }

    private static void Tell(string line) =>
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"faults: {DateTime.UtcNow:HH:mm:ss} {line}"));

    /// <summary>Under 90 s on two cores.</summary>
    private static Dictionary<string, Func<CaseRun, Task>> Short() => new()
    {
        ["node killed in commit"] = run => KillCase.RunAsync(run, Part.Node, Phase.Commit, 3),
        ["node killed in publish"] = run => KillCase.RunAsync(run, Part.Node, Phase.Publish, 2),
        ["node killed in ack"] = run => KillCase.RunAsync(run, Part.Node, Phase.Ack, 2),
        ["broker killed in publish"] = run => KillCase.RunAsync(run, Part.Broker, Phase.Publish, 2),
        ["center killed in center commit"] = run => KillCase.RunAsync(run, Part.Center, Phase.CenterCommit, 2),
        ["center killed in ack"] = run => KillCase.RunAsync(run, Part.Center, Phase.Ack, 2),
        ["line of the node cut"] = run => LineCase.RunAsync(run, isCenters: false, LineFault.Cut, 1, Blink, Second),
        ["line of the center stalled"] = run =>
            LineCase.RunAsync(run, isCenters: true, LineFault.Stalled, 1, Blink, Second),
        ["messages and acks lost, doubled, swapped"] = run => SeamCase.RunAsync(run, 0.1, 1, 150),
        ["power of the node lost"] = run => PowerCase.RunAsync(run, 100, 0.5, 80),
    };

    private static Dictionary<string, Func<CaseRun, Task>> Full() => new()
    {
        ["node killed in commit"] = run => KillCase.RunAsync(run, Part.Node, Phase.Commit, 24),
        ["node killed in publish"] = run => KillCase.RunAsync(run, Part.Node, Phase.Publish, 15),
        ["node killed in ack"] = run => KillCase.RunAsync(run, Part.Node, Phase.Ack, 15),
        ["broker killed in publish"] = run => KillCase.RunAsync(run, Part.Broker, Phase.Publish, 18),
        ["broker killed in center commit"] = run => KillCase.RunAsync(run, Part.Broker, Phase.CenterCommit, 12),
        ["broker killed in ack"] = run => KillCase.RunAsync(run, Part.Broker, Phase.Ack, 14),
        ["center killed in center commit"] = run => KillCase.RunAsync(run, Part.Center, Phase.CenterCommit, 22),
        ["center killed in ack"] = run => KillCase.RunAsync(run, Part.Center, Phase.Ack, 20),
        ["PostgreSQL killed in center commit"] = run =>
            KillCase.RunAsync(run, Part.Postgres, Phase.CenterCommit, 22, hasPostgres: true),
        ["PostgreSQL killed in ack"] = run => KillCase.RunAsync(run, Part.Postgres, Phase.Ack, 14, hasPostgres: true),
        ["center killed in center commit, on PostgreSQL"] = run =>
            KillCase.RunAsync(run, Part.Center, Phase.CenterCommit, 12, hasPostgres: true),
        ["center killed in ack, on PostgreSQL"] = run =>
            KillCase.RunAsync(run, Part.Center, Phase.Ack, 12, hasPostgres: true),
        ["line of the node cut"] = run => LineCase.RunAsync(run, isCenters: false, LineFault.Cut, 6, Blink, While),
        ["line of the center cut"] = run => LineCase.RunAsync(run, isCenters: true, LineFault.Cut, 6, Blink, While),
        // Longer than the keep-alive (10 s) and its answer (10 s): then both sides have noticed.
        ["line of the node half-open"] = run =>
            LineCase.RunAsync(run, isCenters: false, LineFault.HalfOpen, 2, Blink, Dead),
        ["line of the center half-open"] = run =>
            LineCase.RunAsync(run, isCenters: true, LineFault.HalfOpen, 2, Blink, Dead),
        ["line of the node stalled"] = run =>
            LineCase.RunAsync(run, isCenters: false, LineFault.Stalled, 4, Second, Dead),
        ["line of the center stalled"] = run =>
            LineCase.RunAsync(run, isCenters: true, LineFault.Stalled, 4, Second, Dead),
        ["both lines 2 s slow"] = run => LineCase.SlowAsync(run, TimeSpan.FromSeconds(2)),
        ["messages and acks lost, doubled, swapped, 5 %"] = run => SeamCase.RunAsync(run, 0.05, 4, 400),
        ["messages and acks lost, doubled, swapped, 20 %"] = run => SeamCase.RunAsync(run, 0.2, 4, 300),
        ["disk of the node full"] = run => DiskCase.NodeAsync(run, 4),
        ["disk of the center full"] = run => DiskCase.CenterAsync(run, 4),
        ["clock of the node a day on and back"] = run => ClockCase.NodeAsync(run, 6),
        ["clock of the center a day on and back"] = run => ClockCase.CenterAsync(run, 6),
        ["72 hours away, 100,000 events"] = run => AwayCase.RunAsync(run, 100_000, 72),
        ["power of the node lost"] = run => PowerCase.RunAsync(run, 600, 1, 2_500),
    };
}
