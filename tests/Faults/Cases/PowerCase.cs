using System.Globalization;
using Picket.Faults.Power;
using Picket.Faults.Site;

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
        var all = States(changes, journal, run.Seed, torn).Count();
        var choice = new Random(run.Seed + 1);
        using var openings = new PowerOpenings(journal);
        foreach (var (files, accepted) in States(changes, journal, run.Seed, torn))
        {
            if (choice.NextDouble() * all >= most) continue;
            if (await openings.OpenAsync(files(), accepted) is { } fault) run.Fault(fault);
            if (openings.Count % 500 == 0)
                run.Tell($"{openings.Count} of {Math.Min(all, most)} states opened, {openings.Lost} events missing");
        }
        run.AddStates(openings.Count, openings.Lost);
        var syncs = changes.Count(c => c is { Kind: FileChangeKind.Sync, File.Length: > 0 });
        run.Note = string.Create(
            CultureInfo.InvariantCulture,
            $"{openings.Count:N0} of {all:N0} states around {syncs:N0} syncs opened again by the product");

        // Had the node never synced, all that it accepted could be gone: a judge that does not see that sees nothing.
        var (nothing, last) = States(changes.Where(c => c.Kind != FileChangeKind.Sync), journal, run.Seed, 0)
            .Last(state => state.Accepted > 0 && state.Files().Values.All(content => content.Length == 0));
        if (await openings.OpenAsync(nothing(), last) is null)
            run.Fault("the judge found nothing missing in an empty outbox");
    }

    /// <summary>The states a disk may be in when the power goes, with how many bytes of the journal were written then:
    /// all writes so far in order, none of those that are not synced, and, at each write with the likelihood
    /// <paramref name="torn"/>, a part that the dice choose. A state is made when it is asked for, before the
    /// next.</summary>
    private static IEnumerable<(Func<Dictionary<string, byte[]>> Files, long Accepted)> States(
        IEnumerable<FileChange> changes, string journal, int seed, double torn)
    {
        var disk = new DiskModel();
        var dice = new Random(seed);
        var accepted = 0L;
        foreach (var change in changes)
        {
            if (change.File == Path.GetFileName(journal))
            {
                // A line is written only after the outbox has said that the event is committed.
                if (change.Kind != FileChangeKind.Write) continue;
                accepted = Math.Max(accepted, change.Offset + change.Bytes.Length);
                yield return (() => disk.WithFirst(0), accepted);
                continue;
            }
            disk.Apply(change);
            if (change.Kind == FileChangeKind.Sync) continue; // the same as the one before it
            yield return (() => disk.WithFirst(int.MaxValue), accepted);
            var (chance, some) = (dice.NextDouble(), dice.Next());
            if (chance < torn) yield return (() => disk.WithSome(new Random(some)), accepted);
        }
    }
}
