using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent;
using Picket.Agent.Config;
using Picket.Agent.Outbox;
using Picket.Faults.Power;
using Picket.Faults.Site;
using Picket.Tests.Support;

namespace Picket.Faults.Cases;

/// <summary>Power loss, as far as a machine without a switch can show it: every write and sync of the node to its outbox
/// is recorded, and the file is put into each state that a disk may be in between two syncs; the product opens it
/// again, and a judge of its own looks whether all that was accepted until then is there.</summary>
internal static class PowerCase
{
    private const string Strace = "/usr/bin/strace";

    /// <param name="events">That the node makes while it is recorded.</param>
    /// <param name="torn">States with a random part of the writes, for each state with the writes in order.</param>
    /// <param name="most">States that are looked at; of more, the seed chooses.</param>
    public static async Task RunAsync(CaseRun run, int events, double torn, int most)
    {
        if (!File.Exists(Strace))
        {
            run.Fault($"{Strace} is missing; install the package strace");
            return;
        }
        var folder = run.NextFolder();
        var record = Path.Combine(folder, "strace.log");
        var state = Path.Combine(folder, "node");
        string[] files = ["outbox.db", "outbox.db-wal", "outbox.db-journal"];
        var journal = Path.Combine(folder, "accepted.jsonl");
        string[] prefix =
        [
            Strace,
            .. StraceLog.Arguments(record, [state, journal, .. files.Select(f => Path.Combine(state, f))]),
        ];
        await using (var site = await FaultSite.CreateAsync(
            folder, new SiteOptions(run.Seed, run.IsQuick) { NodePrefix = prefix }))
        {
            await site.StartAsync();
            for (var left = events; left > 0; left -= 250) await site.BurstAsync(Math.Min(250, left));
            await site.DrainAsync();
            await EndNodeAsync(site);
            // And once more over the same file, to an orderly end.
            await site.StartAsync(Part.Node);
            await site.BurstAsync(50);
            await site.DrainAsync();
            await EndNodeAsync(site);
            await run.JudgeAsync(site, TimeSpan.Zero, "recorded");
        }
        string? NameOf(string path) => path == state ? ""
            : path == journal || (Path.GetDirectoryName(path) == state && files.Contains(Path.GetFileName(path)))
                ? Path.GetFileName(path)
                : null;
        await ReplayAsync(run, [.. StraceLog.Read(record, NameOf)], journal, torn, most);
    }

    private static async Task EndNodeAsync(FaultSite site)
    {
        await site[Part.Node].SendAsync("stop");
        await site[Part.Node].ExitedAsync();
    }

    private static async Task ReplayAsync(CaseRun run, FileChange[] changes, string journal, double torn, int most)
    {
        var all = States(changes, journal, new Random(run.Seed), torn).Count();
        var choice = new Random(run.Seed + 1);
        using var judge = Process.Start(new ProcessStartInfo(
            "/usr/bin/python3", [Repository.Path("tests", "Faults", "verify-power.py"), journal])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var (looked, lost, setAside, refused, emptyAside) = (0, 0L, 0, 0, 0);
        var syncs = changes.Count(c => c.Kind == FileChangeKind.Sync && c.File.StartsWith("outbox", StringComparison.Ordinal));
        foreach (var (files, accepted) in States(changes, journal, new Random(run.Seed), torn))
        {
            if (choice.NextDouble() * all >= most) continue;
            using var folder = new TempFolder();
            var path = Directory.CreateDirectory(folder.File("state")).FullName;
            foreach (var (name, content) in files) await File.WriteAllBytesAsync(Path.Combine(path, name), content);
            try
            {
                await using var store = OutboxStore.Open(
                    path, FaultSite.NodeName, new OutboxConfig(), TimeProvider.System, NullLogger.Instance);
                if (store.SetAside is not null && accepted > 0) setAside++;
                else if (store.SetAside is not null) emptyAside++;
            }
            catch (PicketException e)
            {
                refused++;
                run.Fault($"state {looked}: {e.Message}");
            }
            await judge.StandardInput.WriteLineAsync(
                string.Create(CultureInfo.InvariantCulture, $"{path}\t{accepted}"));
            var answer = await judge.StandardOutput.ReadLineAsync() ?? "the judge ended";
            if (answer != "0")
            {
                lost += long.TryParse(answer, out var missing) ? missing : 1;
                if (lost < 20) run.Fault($"state {looked}, {accepted} bytes of the journal written: missing {answer}");
            }
            if (++looked % 500 == 0) run.Tell($"{looked} of {Math.Min(all, most)} states opened, {lost} events missing");
        }
        judge.StandardInput.Close();
        await judge.WaitForExitAsync();
        if (setAside > 0) run.Fault($"{setAside} states with accepted events were taken for damaged");
        run.AddStates(looked, lost);
        run.Note = string.Create(
            CultureInfo.InvariantCulture,
            $"{looked:N0} of {all:N0} states around {syncs:N0} syncs opened by the product; {refused} refused, "
                + $"{setAside + emptyAside} taken for damaged ({emptyAside} of them before the first event)");
    }

    /// <summary>The states a disk may be in when the power goes, with how many bytes of the journal were written then:
    /// all writes so far in order, none of those that are not synced, and, at each write with the likelihood
    /// <paramref name="torn"/>, a part that the dice choose.</summary>
    private static IEnumerable<(Dictionary<string, byte[]> Files, long Accepted)> States(
        FileChange[] changes, string journal, Random dice, double torn)
    {
        var disk = new DiskModel();
        var accepted = 0L;
        foreach (var change in changes)
        {
            if (change.File == Path.GetFileName(journal))
            {
                // A line is written only after the outbox has said that the event is committed.
                if (change.Kind == FileChangeKind.Write) accepted += change.Bytes.Length;
                if (change.Kind == FileChangeKind.Write) yield return (disk.WithFirst(0), accepted);
                continue;
            }
            disk.Apply(change);
            if (change.Kind == FileChangeKind.Sync) continue; // the same as the one before it
            yield return (disk.WithFirst(int.MaxValue), accepted);
            if (dice.NextDouble() < torn) yield return (disk.WithSome(dice), accepted);
        }
    }
}
