using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Outbox;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;
using static Picket.Tests.Agent.Outbox.EventDrafts;

namespace Picket.Tests.Agent.Outbox;

/// <summary>Expected numbers are hand sums over what the test appended; the files are read back with plain SQL where
/// that tells more.</summary>
public sealed class OutboxStoreTests : IDisposable
{
    private const string Node = "node-1";

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

    [Fact]
    public async Task Append_NewOutbox_NumbersFromOneInOneEpoch()
    {
        await using var store = Open();

        var first = await store.AppendAsync(Health(), Cancel);
        _time.Advance(TimeSpan.FromMilliseconds(3));
        var second = await store.AppendAsync(Health(), Cancel);

        Assert.Equal((1, 2), (first.Seq, second.Seq));
        Assert.Equal(store.Epoch, first.Epoch);
        Assert.Equal(store.Epoch, second.Epoch);
        Assert.Equal(7, store.Epoch.Version);
        Assert.Equal(3_000_000, second.Mono - first.Mono);
        Assert.Equal(Node, first.Node);
    }

    [Fact]
    public async Task Append_Committed_IsOnDiskAsSent()
    {
        await using var store = Open();

        var envelope = await store.AppendAsync(Alert(crop: new byte[] { 1, 2, 3 }), Cancel);

        var row = Assert.Single(store.Reader.ReadPending(OutboxPriority.Alert, 0, 10, 1 << 20));
        Assert.Equal(envelope.Id, row.Id);
        var read = WireJson.TryReadEvent(row.Body, out _);
        Assert.Equal(envelope.Seq, read!.Seq);
        Assert.Equal(envelope.Body.Face!.Person, read.Body.Face!.Person);
        var crop = store.Reader.ReadPendingCrop(0);
        Assert.Equal(envelope.Body.Face.Crop, crop!.Value.Id);
        Assert.Equal(envelope.Id, crop.Value.Event);
        Assert.Equal(new byte[] { 1, 2, 3 }, crop.Value.Jpeg);
    }

    [Fact]
    public async Task Append_ManyAtOnce_NumbersHaveNoHolesAndCommitsAreGrouped()
    {
        await using var store = Open();
        var commits = 0;
        store.Appended += () => commits++;

        var events = await Task.WhenAll(
            Enumerable.Range(0, 2000).Select(_ => Task.Run(() => store.AppendAsync(Health(), Cancel))));

        Assert.Equal(Enumerable.Range(1, 2000).Select(i => (long)i), events.Select(e => e.Seq).Order());
        Assert.InRange(commits, 4, 1000);
    }

    [Fact]
    public async Task Append_SameIdAgain_RefusesAndLeavesNoHole()
    {
        await using var store = Open();
        var entry = Health();
        await store.AppendAsync(entry, Cancel);

        await Assert.ThrowsAsync<ArgumentException>(() => store.AppendAsync(entry, Cancel));

        Assert.Equal(2, (await store.AppendAsync(Health(), Cancel)).Seq);
    }

    [Fact]
    public async Task Append_SameCropIdAgain_LeavesNeitherEventNorHole()
    {
        await using var store = Open();
        var first = Alert(crop: [1]);
        await store.AppendAsync(first, Cancel);

        await Assert.ThrowsAsync<ArgumentException>(
            () => store.AppendAsync(Alert(crop: [2]) with { Crop = first.Crop }, Cancel));

        Assert.Equal(1, store.Reader.Status().LastSeq);
        Assert.Equal(2, (await store.AppendAsync(Health(), Cancel)).Seq);
    }

    [Fact]
    public async Task Append_NumberThatJsonCannotWrite_RefusesThisEventOnly()
    {
        await using var store = Open();
        var bad = Alert();
        bad = bad with { Body = new EventBody { Face = bad.Body.Face! with { Similarity = float.NaN } } };

        await Assert.ThrowsAsync<ArgumentException>(() => store.AppendAsync(bad, Cancel));

        Assert.Equal(1, (await store.AppendAsync(Health(), Cancel)).Seq);
    }

    [Fact]
    public async Task Append_CropEmptyOrLargerThanItsChunks_Refuses()
    {
        await using var store = Open();
        await Assert.ThrowsAsync<ArgumentException>(() => store.AppendAsync(Alert(crop: []), Cancel));

        // 64 chunks of 3,000 bytes: 192,000.
        await Assert.ThrowsAsync<ArgumentException>(() => store.AppendAsync(Alert(crop: new byte[192_001]), Cancel));
    }

    [Fact]
    public async Task Append_AfterDispose_SaysSo()
    {
        var store = Open();
        await store.DisposeAsync();

        await Assert.ThrowsAsync<PicketException>(() => store.AppendAsync(Health(), Cancel));
    }

    [Fact]
    public async Task Open_AfterRestart_ContinuesEpochNumbersAndClock()
    {
        EventEnvelope before;
        await using (var store = Open()) before = await store.AppendAsync(Health(), Cancel);
        _time.Advance(TimeSpan.FromSeconds(5));

        await using var again = Open();
        var after = await again.AppendAsync(Health(), Cancel);

        Assert.Equal(before.Epoch, after.Epoch);
        Assert.Equal(2, after.Seq);
        Assert.Equal(5_000_000_000, after.Mono - before.Mono);
    }

    [Fact]
    public async Task Open_WallClockSteppedBackWhileAway_MonotonicTimeStillGrows()
    {
        EventEnvelope before;
        await using (var store = Open()) before = await store.AppendAsync(Health(), Cancel);
        _time.StepWallClock(TimeSpan.FromDays(-400));

        await using var again = Open();

        Assert.True((await again.AppendAsync(Health(), Cancel)).Mono > before.Mono);
    }

    [Fact]
    public async Task Open_NumbersOfDeletedRows_AreNotGivenAgain()
    {
        await using (var store = Open(new OutboxConfig { KeepAcked = TimeSpan.Zero }))
        {
            var e = await store.AppendAsync(Health(), Cancel);
            await store.MarkAckedAsync([e.Id], Cancel);
            _time.Advance(TimeSpan.FromMinutes(2));
            await store.MarkAckedAsync([], Cancel);
            await store.MarkAckedAsync([], Cancel);
            Assert.Equal(0, store.Reader.Status().Acked);
        }

        await using var again = Open();

        Assert.Equal(2, (await again.AppendAsync(Health(), Cancel)).Seq);
    }

    /// <summary>What kill -9 leaves: the file and its journal, without a checkpoint or a goodbye.</summary>
    [Fact]
    public async Task Open_FilesOfAKilledProcess_HoldEveryCommittedEvent()
    {
        await using var store = Open();
        for (var i = 0; i < 50; i++)
            await store.AppendAsync(i % 2 == 0 ? Health() : Alert(crop: new byte[5000]), Cancel);
        var copy = Directory.CreateDirectory(_temp.File("copy")).FullName;
        foreach (var name in (string[])["outbox.db", "outbox.db-wal"])
            File.Copy(Path.Combine(Folder, name), Path.Combine(copy, name));

        await using var reopened = Open(folder: copy);

        var status = reopened.Reader.Status();
        Assert.Equal((50, 50, 25), (status.LastSeq, status.Pending, status.PendingCrops));
        Assert.Equal(51, (await reopened.AppendAsync(Health(), Cancel)).Seq);
    }

    /// <summary>A write cut in the middle of the last commit: that event never existed, the others do.</summary>
    [Fact]
    public async Task Open_JournalCutMidWrite_KeepsTheCommitsBefore()
    {
        await using var store = Open();
        for (var i = 0; i < 3; i++) await store.AppendAsync(Health(), Cancel);
        var copy = Directory.CreateDirectory(_temp.File("copy")).FullName;
        foreach (var name in (string[])["outbox.db", "outbox.db-wal"])
            File.Copy(Path.Combine(Folder, name), Path.Combine(copy, name));
        using (var journal = new FileStream(Path.Combine(copy, "outbox.db-wal"), FileMode.Open))
            journal.SetLength(journal.Length - 100);

        await using var reopened = Open(folder: copy);

        Assert.Null(reopened.SetAside);
        Assert.Equal(2, reopened.Reader.Status().LastSeq);
        Assert.Equal(3, (await reopened.AppendAsync(Health(), Cancel)).Seq);
    }

    [Fact]
    public async Task Open_DamagedFile_SetsItAsideAndDeclaresTheGap()
    {
        await using (var store = Open()) await store.AppendAsync(Health(), Cancel);
        await File.WriteAllBytesAsync(
            Path.Combine(Folder, "outbox.db"), Enumerable.Repeat((byte)0x5a, 20_000).ToArray(), Cancel);

        await using var again = Open();
        var next = await again.AppendAsync(Health(), Cancel);

        Assert.NotNull(again.SetAside);
        Assert.Equal(20_000, new FileInfo(again.SetAside).Length);
        var gap = Assert.Single(again.Reader.ReadNewest(10, pendingOnly: true), e => e.Event.Kind == EventKind.NodeGap);
        Assert.Equal((1, 2), (gap.Event.Seq, next.Seq));
    }

    [Fact]
    public async Task Open_DamagedAgainAndAgain_KeepsTwo()
    {
        for (var i = 0; i < 4; i++)
        {
            await using (Open())
            {
            }
            await File.WriteAllBytesAsync(Path.Combine(Folder, "outbox.db"), new byte[] { 1, 2, 3 }, Cancel);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await using var store = Open();

        Assert.Equal(2, Directory.GetFiles(Folder, "outbox.damaged-*.db").Length);
    }

    [Fact]
    public async Task Open_NewFolder_IsForTheOwnerOnly()
    {
        await using var store = Open();
        await store.AppendAsync(Health(), Cancel);

        const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(FileMode | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
        Assert.All(Directory.GetFiles(Folder), f => Assert.Equal(FileMode, File.GetUnixFileMode(f)));
    }

    [Fact]
    public void Open_FolderThatCannotBe_NamesItAndTheRemedy()
    {
        File.WriteAllText(_temp.File("file"), "");
        var folder = Path.Combine(_temp.File("file"), "state");

        var error = Assert.Throws<PicketException>(() => Open(folder: folder));

        Assert.Contains(folder, error.Message, StringComparison.Ordinal);
        Assert.Contains("give the folder to the user", error.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, error.ExitCode);
    }

    [Fact]
    public async Task Open_FolderInUse_SaysSo()
    {
        await using var store = Open();

        var error = Assert.Throws<PicketException>(() => Open());

        Assert.Contains("another picket uses this state folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_SchemaOfANewerProgram_RefusesAndLeavesTheFile()
    {
        await using (Open())
        {
        }
        Sql("PRAGMA user_version = 99");

        var error = Assert.Throws<PicketException>(() => Open());

        Assert.Contains("newer", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Folder, "*damaged*"));
    }

    [Fact]
    public async Task MarkAcked_TwiceAndUnknown_CountsOnce()
    {
        await using var store = Open();
        var alert = await store.AppendAsync(Alert(crop: [1]), Cancel);
        var crop = alert.Body.Face!.Crop!.Value;

        Assert.Equal(2, await store.MarkAckedAsync([alert.Id, crop, Guid.CreateVersion7()], Cancel));
        Assert.Equal(0, await store.MarkAckedAsync([alert.Id, crop], Cancel));

        var status = store.Reader.Status();
        Assert.Equal((0, 1, 0), (status.Pending, status.Acked, status.PendingCrops));
        Assert.Empty(store.Reader.ReadPending(OutboxPriority.Alert, 0, 10, 1 << 20));
        Assert.Null(store.Reader.ReadPendingCrop(0));
    }

    [Fact]
    public async Task ReadPending_LimitsAndCursor_ComeInOrder()
    {
        await using var store = Open();
        for (var i = 0; i < 5; i++) await store.AppendAsync(Health(), Cancel);
        var size = store.Reader.ReadPending(OutboxPriority.Health, 0, 1, 1)[0].Body.Length;

        Assert.Equal([1, 2], store.Reader.ReadPending(OutboxPriority.Health, 0, 2, 1 << 20).Select(r => r.Seq));
        Assert.Equal([3, 4, 5], store.Reader.ReadPending(OutboxPriority.Health, 2, 10, 1 << 20).Select(r => r.Seq));
        Assert.Equal([1], store.Reader.ReadPending(OutboxPriority.Health, 0, 10, size + 1).Select(r => r.Seq));
    }

    [Fact]
    public async Task OpenPassages_AfterRestart_HoldTheLastEventOfEachThatDidNotEnd()
    {
        var (open, ended) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await using (var store = Open())
        {
            await store.AppendAsync(Alert() with { Passage = open, Phase = PassagePhase.New }, Cancel);
            await store.AppendAsync(Alert() with { Passage = ended, Phase = PassagePhase.New }, Cancel);
            await store.AppendAsync(Alert() with { Passage = open, Phase = PassagePhase.Update, Rev = 1 }, Cancel);
            await store.AppendAsync(Alert() with { Passage = ended, Phase = PassagePhase.End, Rev = 1 }, Cancel);
        }

        await using var again = Open();

        var last = Assert.Single(again.OpenPassages());
        Assert.Equal((open, 1, 3), (last.Passage, last.Rev, last.Seq));
    }

    [Fact]
    public async Task OpenPassages_UnreadableRow_IsSkippedAndDeleted()
    {
        var good = Guid.CreateVersion7();
        await using (var store = Open())
        {
            for (var i = 0; i < 3; i++)
                await store.AppendAsync(
                    Alert() with { Passage = Guid.CreateVersion7(), Phase = PassagePhase.New }, Cancel);
            await store.AppendAsync(Alert() with { Passage = good, Phase = PassagePhase.New }, Cancel);
        }
        Sql("UPDATE passage SET body = x'7b7d' WHERE rowid = 1");
        Sql("UPDATE passage SET id = x'00' WHERE rowid = 2");
        Sql("UPDATE passage SET body = zeroblob(9) WHERE rowid = 3");

        await using var again = Open();
        var open = again.OpenPassages();
        await again.MarkAckedAsync([], Cancel);

        Assert.Equal(good, Assert.Single(open).Passage);
        Assert.Empty(again.Reader.OpenPassages().Unreadable);
    }

    [Fact]
    public async Task HasPending_EventAndCrop_UntilBothAreAcked()
    {
        await using var store = Open();
        Assert.False(store.Reader.HasPending());
        var alert = await store.AppendAsync(Alert(crop: [1]), Cancel);
        Assert.Equal((true, 2), (store.Reader.HasPending(), store.Reader.PendingCount()));

        await store.MarkAckedAsync([alert.Id], Cancel);
        Assert.Equal((true, 1), (store.Reader.HasPending(), store.Reader.PendingCount()));

        await store.MarkAckedAsync([alert.Body.Face!.Crop!.Value], Cancel);
        Assert.Equal((false, 0), (store.Reader.HasPending(), store.Reader.PendingCount()));
    }

    [Fact]
    public async Task Retention_BudgetUsedUp_LosesLowestPriorityFirstCountsAndDeclares()
    {
        // 1 MiB: 256 pages. Each event below is about 3.3 kB, so one page; the alerts are the oldest and must stay.
        await using var store = Open(new OutboxConfig { BudgetBytes = 1 << 20 });
        for (var i = 0; i < 20; i++) await store.AppendAsync(Alert(padding: 3000), Cancel);
        for (var i = 0; i < 400; i++) await store.AppendAsync(Health(padding: 3000), Cancel);

        var status = store.Reader.Status();
        Assert.InRange(status.Bytes, 0, 1 << 20);
        var pending = store.Reader.ReadNewest(1000, pendingOnly: true).Select(e => e.Event);
        var gaps = pending.Where(e => e.Kind == EventKind.NodeGap).ToList();
        Assert.NotEmpty(gaps);
        Assert.Equal(20 + gaps.Count, status.PendingAlerts);
        // What is gone is exactly what was declared, and every declaration is there still.
        Assert.Equal(status.LastSeq - status.Pending, status.LostEvents);
        Assert.Equal(status.LostEvents, gaps.Sum(gap => gap.Body.Gap!.Count));
        Assert.All(gaps, gap => Assert.Equal(store.Epoch, gap.Body.Gap!.Epoch));
        Assert.All(gaps, gap => Assert.InRange(gap.Body.Gap!.FirstSeq, 21, gap.Body.Gap.LastSeq));
    }

    [Fact]
    public async Task Retention_BudgetUsedUp_AckedGoBeforePending()
    {
        await using var store = Open(new OutboxConfig { BudgetBytes = 1 << 20 });
        for (var i = 0; i < 400; i++)
        {
            var alert = await store.AppendAsync(Alert(padding: 3000), Cancel);
            await store.MarkAckedAsync([alert.Id], Cancel);
        }
        for (var i = 0; i < 50; i++) await store.AppendAsync(Health(padding: 3000), Cancel);

        var status = store.Reader.Status();
        Assert.Equal((50, 0), (status.Pending, status.LostEvents));
        Assert.InRange(status.Acked, 1, 206);
    }

    /// <summary>The disk is full, and not by us: SQLite says so (SQLITE_FULL) because its connection's page limit is
    /// set to what the file has.</summary>
    [Fact]
    public async Task Append_DiskFull_WaitsAndIsCommittedWhenThereIsRoomAgain()
    {
        var file = OutboxFile.Open(Folder, 1 << 30, _time);
        await using var store = OutboxStore.Start(file, Node, new OutboxConfig(), _time, NullLogger.Instance);
        await store.AppendAsync(Health(), Cancel);
        LimitPages(file, 1);
        var waiting = Enumerable.Range(0, 5).Select(_ => store.AppendAsync(Health(padding: 30_000), Cancel)).ToArray();
        await WaitUntil(() => store.IsDegraded);
        Assert.All(waiting, w => Assert.False(w.IsCompleted));
        _time.Advance(TimeSpan.FromSeconds(90));

        LimitPages(file, 1 << 20);
        var committed = await Task.WhenAll(waiting);

        Assert.Equal([2, 3, 4, 5, 6], committed.Select(e => e.Seq).Order());
        Assert.False(store.IsDegraded);
        Assert.Equal(TimeSpan.FromSeconds(90), store.DegradedFor);
        Assert.Equal(0, store.Reader.Status().LostEvents);
    }

    /// <summary>A backup or an sqlite3 shell in the middle of a transaction.</summary>
    [Fact]
    public async Task Append_AnotherProcessHasTheLock_WaitsAndIsCommittedWhenItIsGone()
    {
        await using var store = Open();
        await store.AppendAsync(Health(), Cancel);
        using var other = new SqliteConnection($"Data Source={Path.Combine(Folder, "outbox.db")};Pooling=False");
        other.Open();
        using var command = other.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();
        var waiting = Enumerable.Range(0, 3).Select(_ => store.AppendAsync(Health(), Cancel)).ToArray();
        await WaitUntil(() => store.IsDegraded);
        Assert.All(waiting, w => Assert.False(w.IsCompleted));

        command.CommandText = "ROLLBACK";
        command.ExecuteNonQuery();

        Assert.Equal([2, 3, 4], (await Task.WhenAll(waiting)).Select(e => e.Seq).Order());
        Assert.False(store.IsDegraded);
    }

    /// <summary>As the kernel does it to a disk that fails, and a person undoes it: SQLite's SQLITE_READONLY.</summary>
    [Fact]
    public async Task Append_DiskReadOnlyForAWhile_WaitsAndIsCommittedLater()
    {
        var file = OutboxFile.Open(Folder, 1 << 30, _time);
        await using var store = OutboxStore.Start(file, Node, new OutboxConfig(), _time, NullLogger.Instance);
        await store.AppendAsync(Health(), Cancel);
        Assert.Equal(0, SQLitePCL.raw.sqlite3_exec(file.Connection.Handle, "PRAGMA query_only = ON"));
        var waiting = store.AppendAsync(Health(), Cancel);
        await WaitUntil(() => store.IsDegraded);
        Assert.False(waiting.IsCompleted);

        Assert.Equal(0, SQLitePCL.raw.sqlite3_exec(file.Connection.Handle, "PRAGMA query_only = OFF"));

        Assert.Equal(2, (await waiting).Seq);
    }

    /// <summary>The kernel's ENOSPC as SQLite tells it, at four attempts: one line in the log.</summary>
    [Fact]
    public async Task Append_DiskFullForLong_IsLoggedOnce()
    {
        var log = new LogLines();
        var attempts = 0;
        var file = OutboxFile.Open(Folder, 1 << 30, _time);
        file.Connection.CreateFunction<long>(
            "fail", () => ++attempts <= 4 ? throw new SqliteException("disk full", SQLitePCL.raw.SQLITE_FULL) : 0);
        file.Connection.Execute("CREATE TEMP TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT fail(); END");
        await using var store = OutboxStore.Start(file, Node, new OutboxConfig(), _time, log);

        await store.AppendAsync(Health(), Cancel);

        Assert.Equal(5, attempts);

        Assert.Single(log.Lines, line => line.Contains("can't be written", StringComparison.Ordinal));
        Assert.Single(log.Lines, line => line.Contains("can be written again", StringComparison.Ordinal));
    }

    /// <summary>More than fit one batch (500) and the queue (512): some wait for a place in it.</summary>
    [Fact]
    public async Task GiveUpWaiting_DiskFull_FailsWhatWaitsAndWhatComesUntilThereIsRoom()
    {
        var file = OutboxFile.Open(Folder, 1 << 30, _time);
        var store = OutboxStore.Start(file, Node, new OutboxConfig(), _time, NullLogger.Instance);
        await store.AppendAsync(Health(), Cancel);
        LimitPages(file, 1);
        var waiting = Enumerable.Range(0, 1200).Select(_ => store.AppendAsync(Health(padding: 5000), Cancel)).ToArray();
        await WaitUntil(() => store.IsDegraded);

        store.GiveUpWaiting();
        store.GiveUpWaiting();

        foreach (var one in waiting)
            Assert.Contains(
                "events were not written", (await Assert.ThrowsAsync<PicketException>(() => one)).Message,
                StringComparison.Ordinal);
        var late = await Assert.ThrowsAsync<PicketException>(() => store.AppendAsync(Health(padding: 5000), Cancel));
        Assert.Contains("; 1 events were not written", late.Message, StringComparison.Ordinal);
        LimitPages(file, 1 << 20);
        Assert.Equal(2, (await store.AppendAsync(Health(padding: 5000), Cancel)).Seq);
        await store.DisposeAsync();
        store.GiveUpWaiting();
    }

    [Fact]
    public async Task Dispose_WhileDiskIsFull_FailsWhatWaits()
    {
        var file = OutboxFile.Open(Folder, 1 << 30, _time);
        var store = OutboxStore.Start(file, Node, new OutboxConfig(), _time, NullLogger.Instance);
        await store.AppendAsync(Health(), Cancel);
        LimitPages(file, 1);
        var waiting = store.AppendAsync(Health(padding: 30_000), Cancel);
        await WaitUntil(() => store.IsDegraded);

        await store.DisposeAsync();

        await Assert.ThrowsAsync<PicketException>(() => waiting);
    }

    private OutboxStore Open(OutboxConfig? config = null, string? folder = null) =>
        OutboxStore.Open(folder ?? Folder, Node, config ?? new OutboxConfig(), _time, NullLogger.Instance);

    /// <summary>By SQLite's own, locked entry, since the writer's thread uses the connection; a limit below the file's
    /// size means that size.</summary>
    private static void LimitPages(OutboxFile file, int pages) =>
        Assert.Equal(0, SQLitePCL.raw.sqlite3_exec(file.Connection.Handle, $"PRAGMA max_page_count = {pages}"));

    private void Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Folder, "outbox.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private async Task WaitUntil(Func<bool> condition)
    {
        while (!condition())
        {
            Cancel.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
