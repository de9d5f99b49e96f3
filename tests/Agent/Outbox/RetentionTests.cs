using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Outbox;
using Picket.Tests.Support;
using Picket.Wire;
using static Picket.Tests.Agent.Outbox.EventDrafts;

namespace Picket.Tests.Agent.Outbox;

/// <summary>What leaves the outbox, and when; times are set by hand, sums are hand sums.</summary>
public sealed class RetentionTests : IDisposable
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    private readonly TempFolder _temp = new();
    private readonly SteppableTime _time = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));

    private string Folder => _temp.File("state");

    private CancellationToken Cancel => _limit.Token;

    public void Dispose()
    {
        _temp.Dispose();
        _limit.Dispose();
    }

    /// <summary>Only gaps wait, more than the budget holds: each lost gap's count and its own number move to the new
    /// one.</summary>
    [Fact]
    public async Task FreeSpace_NothingButGapsLeft_MergesThem()
    {
        await using var store = Open(new OutboxConfig { BudgetBytes = 1 << 20, KeepAcked = Kept });
        var padded = new string('r', 3000);
        for (var i = 0; i < 400; i++)
            await store.AppendAsync(Gap(new NodeGapBody(store.Epoch, 1, 5, 5, padded)), Cancel);

        var status = store.Reader.Status();
        var gaps = store.Reader.ReadNewest(1000, pendingOnly: true).Select(e => e.Event.Body.Gap!).ToList();
        Assert.InRange(status.Bytes, 0, 1 << 20);
        Assert.True(status.LostEvents > 100);
        Assert.Equal(status.LastSeq - status.Pending, status.LostEvents);
        Assert.Equal((400 * 5) + status.LostEvents, gaps.Sum(gap => gap.Count));
        Assert.All(gaps, gap => Assert.Equal(1, gap.FirstSeq));
        Assert.Contains(gaps, gap => gap.Reason == $"disk budget used up; {padded}");
    }

    /// <summary>20 MB of acknowledged crops of 20 kB under a budget of 10 MiB: 4 MiB go, and at most one statement of
    /// 64 crops more.</summary>
    [Fact]
    public void FreeSpace_FarOverBudget_FreesFourMegabytesAtATime()
    {
        using var file = OutboxFile.Open(Folder, 1 << 30, _time);
        using (var fill = file.Connection.CreateCommand())
        {
            fill.CommandText = """
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
                INSERT INTO crop(id, event, created, acked_at, jpeg)
                  SELECT randomblob(16), randomblob(16), 1, 1, zeroblob(20000) FROM n
                """;
            fill.ExecuteNonQuery();
        }
        var config = new OutboxConfig { BudgetBytes = 10 << 20, KeepAcked = Kept };
        var retention = new Retention(file.Connection, config, Guid.CreateVersion7(), _time);
        var before = retention.UsedBytes;

        retention.FreeSpace(mayLosePending: true);

        Assert.InRange(before - retention.UsedBytes, 4 << 20, (4 << 20) + (64 * 24_000));
    }

    /// <summary>A budget of 4 MiB. Pictures of 20 kB come until the first goes, then events of 3 kB until the first
    /// acknowledged, health, read and alert go: in this order, each at its own height.</summary>
    [Fact]
    public async Task Append_FillingUp_LosesPicturesThenHealthThenReadsThenAlerts()
    {
        const long Budget = 4 << 20;
        await using var store = Open(new OutboxConfig { BudgetBytes = Budget, KeepAcked = Kept });
        OutboxStatus Status() => store.Reader.Status();
        var before = Status();
        while (Status().LostCrops == 0)
        {
            before = Status();
            await AppendAndFreeAsync(store, Alert(crop: new byte[20_000]));
        }
        Assert.InRange(before.Bytes, (long)(Budget * 0.79), (long)(Budget * 0.8));
        Assert.Equal(0, Status().LostEvents);
        var gap = Assert.Single(Gaps(store));
        Assert.Equal((0, 0, Status().LostCrops), (gap.FirstSeq, gap.Count, gap.Crops));

        // Every kind is there, half of the health acknowledged; then alerts alone come.
        for (var i = 0; i < 40; i++)
        {
            await store.AppendAsync(Read(3000), Cancel);
            var health = await store.AppendAsync(Health(3000), Cancel);
            if (i % 2 == 0) await store.MarkAckedAsync([health.Id], Cancel);
        }
        var alerts = await CountUntilAsync(store, () => Status().Acked == 0);
        Assert.True(alerts.Used > Budget * 0.88, $"acknowledged events went at {alerts.Used}");
        Assert.Equal((20, 40, 0L), (Pending(store, "camera.down"), Pending(store, "plate.read"), Status().LostEvents));
        alerts = await CountUntilAsync(store, () => Pending(store, "camera.down") == 0);
        Assert.True(alerts.Used > Budget * 0.88, $"health went at {alerts.Used}");
        Assert.Equal((0, 40), (Status().PendingCrops, Pending(store, "plate.read")));
        alerts = await CountUntilAsync(store, () => Pending(store, "plate.read") < 40);
        Assert.True(alerts.Used > Budget * 0.98, $"reads went at {alerts.Used}");
        Assert.Equal(60, Gaps(store).Sum(g => g.Count) + Pending(store, "plate.read"));
        alerts = await CountUntilAsync(store, () => Gaps(store).Sum(g => g.Count) > 60);
        Assert.True(alerts.Used > Budget * 0.98, $"alerts went at {alerts.Used}");
        Assert.Equal(0, Pending(store, "plate.read"));
        Assert.InRange(Status().Bytes, 0, Budget);
        // Each lost number is named, and each named one is lost.
        var lost = Gaps(store).SelectMany(g => g.Count == 0 ? [] : g.Ranges ?? [new SeqRange(g.FirstSeq, g.LastSeq)])
            .SelectMany(r => Enumerable.Range((int)r.From, (int)r.Count)).ToHashSet();
        var held = store.Reader.ReadNewest(9000, pendingOnly: false).Select(e => (int)e.Event.Seq).ToHashSet();
        Assert.Empty(held.Intersect(lost));
        var missing = Enumerable.Range(1, (int)Status().LastSeq).Except(held).Except(lost).ToArray();
        // What the center had acknowledged is gone without a word.
        Assert.Equal(20, missing.Length);
    }

    [Fact]
    public async Task Append_BudgetLoweredWhileAway_FreesUntilItFits()
    {
        await using (var store = Open())
        {
            for (var i = 0; i < 60; i++) await store.AppendAsync(Alert(crop: new byte[190_000]), Cancel);
        }

        await using var again = Open(new OutboxConfig { BudgetBytes = 1 << 20, KeepAcked = Kept });
        await again.AppendAsync(Health(), Cancel);
        await again.MarkAckedAsync([], Cancel);

        Assert.InRange(again.Reader.Status().Bytes, 0, 1 << 20);
    }

    [Fact]
    public async Task Sweep_CropsDeleted_LeavesNothingOfThemInTheFiles()
    {
        await using var store = Open(new OutboxConfig { KeepAcked = TimeSpan.Zero });
        var jpeg = Enumerable.Range(0, 3000).Select(i => (byte)((i * 31) ^ (i >> 3))).ToArray();
        var alert = await store.AppendAsync(Alert(crop: jpeg), Cancel);
        await store.MarkAckedAsync([alert.Id, alert.Body.Face!.Crop!.Value], Cancel);
        Assert.True(IsInFiles(jpeg.AsSpan(0, 100)));

        await SweepAsync(store);

        Assert.False(IsInFiles(jpeg.AsSpan(0, 100)));
    }

    [Fact]
    public async Task Sweep_SetAsideLongerThanKept_IsDeleted()
    {
        await using (Open())
        {
        }
        await File.WriteAllBytesAsync(Path.Combine(Folder, "outbox.db"), new byte[] { 1, 2, 3 }, Cancel);
        await using var store = Open();
        _time.Advance(Kept - TimeSpan.FromHours(1));
        await SweepAsync(store);
        Assert.True(File.Exists(store.SetAside));

        _time.Advance(TimeSpan.FromHours(2));
        await SweepAsync(store);

        Assert.False(File.Exists(store.SetAside));
    }

    [Fact]
    public async Task Sweep_AckedByAClockThatRanAhead_CountsAsAckedNow()
    {
        await using var store = Open();
        _time.StepWallClock(TimeSpan.FromDays(400));
        await AppendAckedAsync(store);
        _time.StepWallClock(TimeSpan.FromDays(-400));
        await SweepAsync(store);
        Assert.Equal(1, store.Reader.Status().Acked);

        _time.Advance(Kept);
        await SweepAsync(store);

        Assert.Equal(0, store.Reader.Status().Acked);
    }

    [Fact]
    public async Task Sweep_WallClockJumpsForward_CountsAgesFromTheJump()
    {
        await using var store = Open();
        await AppendAckedAsync(store);
        _time.StepWallClock(TimeSpan.FromDays(30));
        await SweepAsync(store);
        _time.Advance(Kept - TimeSpan.FromHours(1));
        await SweepAsync(store);
        Assert.Equal(1, store.Reader.Status().Acked);

        _time.Advance(TimeSpan.FromHours(1));
        await SweepAsync(store);

        Assert.Equal(0, store.Reader.Status().Acked);
    }

    [Fact]
    public async Task Sweep_WallClockJumpedWhileAway_CountsAgesFromTheStart()
    {
        await using (var store = Open())
        {
            await AppendAckedAsync(store);
            await SweepAsync(store);
        }
        _time.StepWallClock(TimeSpan.FromDays(30));

        await using (var again = Open())
        {
            await SweepAsync(again);
            Assert.Equal(1, again.Reader.Status().Acked);
        }
        // The jump is remembered: restarts of a node do not matter.
        _time.Advance(Kept);
        await using var third = Open();
        await SweepAsync(third);
        _time.Advance(Kept);
        await SweepAsync(third);
        Assert.Equal(0, third.Reader.Status().Acked);
    }

    [Fact]
    public async Task Sweep_AllRowsDeleted_ClockGoesOnInTheNextRun()
    {
        var config = new OutboxConfig { KeepAcked = TimeSpan.Zero };
        EventEnvelope before;
        await using (var store = Open(config))
        {
            _time.Advance(TimeSpan.FromHours(5));
            before = await AppendAckedAsync(store);
            await SweepAsync(store);
            Assert.Equal(0, store.Reader.Status().Acked);
        }
        _time.Advance(TimeSpan.FromSeconds(3));

        await using var again = Open(config);
        var after = await again.AppendAsync(Health(), Cancel);

        // The sweep's two minutes and the three seconds.
        Assert.Equal(123_000_000_000, after.Mono - before.Mono);
    }

    private static EventDraft Read(int padding) => Health(padding) with
    {
        Kind = EventKind.PlateRead,
        Passage = Guid.CreateVersion7(),
        Phase = PassagePhase.End,
    };

    private static List<NodeGapBody> Gaps(OutboxStore store) =>
        [.. store.Reader.ReadNewest(9000, pendingOnly: true).Select(e => e.Event.Body.Gap).OfType<NodeGapBody>()];

    private int Pending(OutboxStore store, string kind)
    {
        var value = kind == "plate.read" ? EventKind.PlateRead : EventKind.CameraDown;
        return store.Reader.ReadNewest(9000, pendingOnly: true).Count(e => e.Event.Kind == value);
    }

    /// <summary>Appends alerts of 20 kB until <paramref name="isSo"/>; how full the outbox was before the last
    /// one.</summary>
    private async Task<(int Count, long Used)> CountUntilAsync(OutboxStore store, Func<bool> isSo)
    {
        var (count, used) = (0, 0L);
        for (; !isSo(); count++)
        {
            used = store.Reader.Status().Bytes;
            await AppendAndFreeAsync(store, Alert(padding: 20_000));
        }
        return (count, used);
    }

    /// <summary>Space is freed after the commit, and before the next one.</summary>
    private async Task AppendAndFreeAsync(OutboxStore store, EventDraft entry)
    {
        await store.AppendAsync(entry, Cancel);
        await store.MarkAckedAsync([], Cancel);
    }

    private OutboxStore Open(OutboxConfig? config = null) =>
        OutboxStore.Open(
            Folder, "node-1", config ?? new OutboxConfig { KeepAcked = Kept }, _time, NullLogger.Instance);

    private async Task<EventEnvelope> AppendAckedAsync(OutboxStore store)
    {
        var alert = await store.AppendAsync(Alert(), Cancel);
        await store.MarkAckedAsync([alert.Id], Cancel);
        return alert;
    }

    /// <summary>The first command may be taken before the time is up, the second comes after the sweep.</summary>
    private async Task SweepAsync(OutboxStore store)
    {
        _time.Advance(TimeSpan.FromMinutes(2));
        await store.MarkAckedAsync([], Cancel);
        await store.MarkAckedAsync([], Cancel);
    }

    private bool IsInFiles(ReadOnlySpan<byte> pattern)
    {
        foreach (var name in (string[])["outbox.db", "outbox.db-wal"])
        {
            if (File.ReadAllBytes(Path.Combine(Folder, name)).AsSpan().IndexOf(pattern) >= 0) return true;
        }
        return false;
    }
}
