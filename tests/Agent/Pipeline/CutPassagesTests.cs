using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Outbox;
using Picket.Agent.Pipeline;
using Picket.Tests.Agent.Outbox;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Agent.Pipeline;

/// <summary>What kill -9 leaves is what the kernel has of the files: a copy of them after each commit is every point at
/// which the process can be killed, as far as commits tell them apart.</summary>
public sealed class CutPassagesTests : IDisposable
{
    private const int Open = 4;

    private readonly TempFolder _temp = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(120));
    private int _copies;

    private CancellationToken Cancel => _limit.Token;

    public void Dispose()
    {
        _temp.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task End_KilledAtEachPointAndAtEachPointOfTheNextRun_EndsEachPassageOnce()
    {
        var passages = Enumerable.Range(0, Open + 1).Select(_ => Guid.CreateVersion7()).ToArray();
        var first = Directory.CreateDirectory(_temp.File("first")).FullName;
        await using (var store = Start(first))
        {
            foreach (var passage in passages) await AppendAsync(store, passage, PassagePhase.New, 0);
            await AppendAsync(store, passages[1], PassagePhase.Update, 1);
            await AppendAsync(store, passages[Open], PassagePhase.End, 1);
        }

        // Killed in the first run after 0, 1, ... ends; then in the second after each of the rest; the third ends them.
        var afterFirst = await RunAndKillAsync(first);
        Assert.Equal(Open + 1, afterFirst.Count);
        foreach (var second in afterFirst)
        {
            foreach (var third in await RunAndKillAsync(second))
            {
                await using var store = Start(third);
                await CutPassages.EndAsync(store, TimeProvider.System, NullLogger.Instance, Cancel);
                AssertEachEndedOnce(store, passages);
            }
        }
    }

    /// <summary>Runs the ends, and copies the files before it and after each commit.</summary>
    private async Task<List<string>> RunAndKillAsync(string folder)
    {
        var points = new List<string> { Copy(folder) };
        await using var store = Start(folder);
        store.Appended += () => points.Add(Copy(folder));
        await CutPassages.EndAsync(store, TimeProvider.System, NullLogger.Instance, Cancel);
        return points;
    }

    private string Copy(string folder)
    {
        var copy = Directory.CreateDirectory(_temp.File($"copy-{_copies++}")).FullName;
        foreach (var name in (string[])["outbox.db", "outbox.db-wal", "outbox.mark"])
        {
            if (File.Exists(Path.Combine(folder, name))) File.Copy(Path.Combine(folder, name), Path.Combine(copy, name));
        }
        return copy;
    }

    private static void AssertEachEndedOnce(OutboxStore store, Guid[] passages)
    {
        var events = store.Reader.ReadNewest(100, pendingOnly: false).Select(e => e.Event).ToArray();
        Assert.Equal(Enumerable.Range(1, events.Length).Select(i => (long)i), events.Select(e => e.Seq).Order());
        foreach (var passage in passages)
        {
            var mine = events.Where(e => e.Passage == passage).OrderBy(e => e.Seq).ToArray();
            var end = Assert.Single(mine, e => e.Phase == PassagePhase.End);
            Assert.Equal((end, mine.Max(e => e.Rev)), (mine[^1], end.Rev));
            Assert.Equal(passage == passages[Open] ? null : "restart", end.Body.Face!.Reason);
        }
        Assert.Empty(store.OpenPassages());
    }

    private static OutboxStore Start(string folder) => OutboxStore.Open(
        folder, "node-1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);

    private Task AppendAsync(OutboxStore store, Guid passage, PassagePhase phase, int rev) =>
        store.AppendAsync(EventDrafts.Alert() with { Passage = passage, Phase = phase, Rev = rev }, Cancel);
}
