using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Picket.Agent.Config;
using Picket.Agent.Outbox;
using Picket.Tests.Support;
using Picket.Wire;
using static Picket.Tests.Agent.Outbox.EventDrafts;

namespace Picket.Tests.Agent.Outbox;

/// <summary>Whatever happened to the files: the node starts and goes on, no number is given twice in an epoch, and what
/// is missing is declared.</summary>
public sealed class DamagedOutboxTests : IDisposable
{
    private const int Events = 60;

    private readonly TempFolder _temp = new();
    private readonly FakeTimeProvider _time = Clocks.Still();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(120));

    private string Folder => _temp.File("state");

    private CancellationToken Cancel => _limit.Token;

    public void Dispose()
    {
        _temp.Dispose();
        _limit.Dispose();
    }

    [Theory]
    [InlineData("random")]
    [InlineData("text")]
    [InlineData("zeros")]
    [InlineData("empty")]
    [InlineData("truncated")]
    [InlineData("half")]
    [InlineData("other database")]
    public async Task Open_FileRuined_BeginsAnewAndDeclaresTheOldEpoch(string how)
    {
        var before = await FillAsync();
        Ruin(how);

        await using var store = Open();
        var next = await store.AppendAsync(Health(), Cancel);

        Assert.NotEqual(before, store.Epoch);
        var events = store.Reader.ReadNewest(10, pendingOnly: true).Select(e => e.Event).ToArray();
        var gap = Assert.Single(events, e => e.Kind == EventKind.NodeGap).Body.Gap!;
        Assert.Equal((before, 0, 0, 0), (gap.Epoch, gap.FirstSeq, gap.LastSeq, gap.Count));
        Assert.StartsWith("corrupt", gap.Reason);
        Assert.Equal(2, next.Seq);
        // What the center may still ask for: of the old epoch nothing, whose last number is known by the mark.
        Assert.Equal(
            [new HeldRange(store.Epoch, 1, 2), new HeldRange(before, Events + 1, Events)], store.Reader.Held());
        Assert.All(
            Directory.GetFiles(Folder),
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    /// <summary>SQLite itself takes such a journal for an empty one: the commits in it are gone, and their numbers would
    /// be given again.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(5000)]
    public async Task Open_JournalRuined_DeclaresExactlyWhatIsMissing(int from)
    {
        await using var running = Open();
        for (var i = 0; i < Events; i++) await running.AppendAsync(Health(), Cancel);
        var copy = Directory.CreateDirectory(_temp.File("copy")).FullName;
        foreach (var name in (string[])["outbox.db", "outbox.db-wal", "outbox.mark"])
            File.Copy(Path.Combine(Folder, name), Path.Combine(copy, name));
        using (var journal = new FileStream(Path.Combine(copy, "outbox.db-wal"), FileMode.Open))
        {
            journal.Position = from;
            var garbage = new byte[journal.Length - from];
            new Random(7).NextBytes(garbage);
            journal.Write(garbage);
        }
        var held = HeldByPlainSql(copy);

        await using var store = Open(copy);
        var next = await store.AppendAsync(Health(), Cancel);

        if (held is null)
        {
            // Not even the tables were in the file yet.
            Assert.NotEqual(running.Epoch, store.Epoch);
            return;
        }
        Assert.Equal(running.Epoch, store.Epoch);
        Assert.Equal(Events + 2, next.Seq);
        var gap = store.Reader.ReadNewest(10, pendingOnly: true).Single(e => e.Event.Kind == EventKind.NodeGap).Event;
        Assert.Equal(Events + 1, gap.Seq);
        Assert.Equal((held.Value + 1, Events, Events - held.Value), (gap.Body.Gap!.FirstSeq, gap.Body.Gap.LastSeq, gap.Body.Gap.Count));
    }

    /// <summary>The file is that of some commits ago, and the disk full before that could be declared: the run after that
    /// one declares it.</summary>
    [Fact]
    public async Task Open_DiskFullBeforeTheLossIsDeclared_TheNextRunDeclaresIt()
    {
        await using (var first = Open())
        {
            for (var i = 0; i < 2; i++) await first.AppendAsync(Health(), Cancel);
        }
        var database = Path.Combine(Folder, "outbox.db");
        var old = await File.ReadAllBytesAsync(database, Cancel);
        await using (var second = Open())
        {
            for (var i = 0; i < 3; i++) await second.AppendAsync(Health(), Cancel);
        }
        await File.WriteAllBytesAsync(database, old, Cancel);

        // The kernel's ENOSPC as SQLite tells it, for each insert and nothing else.
        var file = OutboxFile.Open(Folder, new OutboxConfig().BudgetBytes, TimeProvider.System);
        file.Connection.CreateFunction<long>("fail", () => throw new SqliteException("disk full", SQLitePCL.raw.SQLITE_FULL));
        file.Connection.Execute("CREATE TEMP TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT fail(); END");
        await using (var full = OutboxStore.Start(
            file, "node-1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance))
        {
            while (!full.IsDegraded) await Task.Delay(10, Cancel);
        }

        await using var store = Open();
        var next = await store.AppendAsync(Health(), Cancel);

        var gap = store.Reader.ReadNewest(10, pendingOnly: true).Single(e => e.Event.Kind == EventKind.NodeGap).Event;
        Assert.Equal((3, 5, 3), (gap.Body.Gap!.FirstSeq, gap.Body.Gap.LastSeq, gap.Body.Gap.Count));
        Assert.Equal((6, 7), (gap.Seq, next.Seq));
    }

    /// <summary>Seeded: bytes anywhere in file and journal changed, or either cut.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Open_AnyBytesChanged_StartsAndNeverGivesANumberTwice(int seed)
    {
        var dice = new Random(seed);
        await FillAsync();
        var whole = new[] { "outbox.db", "outbox.mark" }.ToDictionary(
            name => name, name => File.ReadAllBytes(Path.Combine(Folder, name)));
        for (var round = 0; round < 12; round++)
        {
            var folder = Directory.CreateDirectory(_temp.File($"round-{round}")).FullName;
            foreach (var (name, content) in whole)
            {
                var changed = content.ToArray();
                if (name == "outbox.db")
                {
                    for (var i = dice.Next(1, 30); i > 0; i--) changed[dice.Next(changed.Length)] = (byte)dice.Next(256);
                    if (dice.Next(4) == 0) changed = changed[..dice.Next(changed.Length)];
                }
                await File.WriteAllBytesAsync(Path.Combine(folder, name), changed, Cancel);
            }

            await using var store = Open(folder);
            var next = await store.AppendAsync(Alert(crop: [1]), Cancel);
            await store.MarkAckedAsync([next.Id], Cancel);

            Assert.True(
                next.Seq > Events || next.Epoch != EpochOf(whole["outbox.mark"]), $"round {round}: seq {next.Seq}");
        }
    }

    [Fact]
    public async Task Append_FileDamagedWhileRunning_BeginsAnewWithoutLosingWhatWaits()
    {
        var file = OutboxFile.Open(Folder, 1 << 30, _time);
        await using var store = OutboxStore.Start(file, "node-1", new OutboxConfig(), _time, NullLogger.Instance);
        var before = store.Epoch;
        for (var i = 0; i < Events; i++) await store.AppendAsync(Health(padding: 3000), Cancel);
        var rewound = 0;
        store.Rewound += () => rewound++;
        RuinTablesOf(file);

        var after = await store.AppendAsync(Alert(), Cancel);

        Assert.NotEqual(before, store.Epoch);
        Assert.Equal((store.Epoch, 2), (after.Epoch, after.Seq));
        Assert.Equal(1, rewound);
        var gap = store.Reader.ReadNewest(10, pendingOnly: true).Single(e => e.Event.Kind == EventKind.NodeGap).Event;
        Assert.Equal((1, before), (gap.Seq, gap.Body.Gap!.Epoch));
        Assert.StartsWith("corrupt", gap.Body.Gap.Reason);
        Assert.True(File.Exists(store.SetAside));
        Assert.Equal(new HeldRange(before, Events + 1, Events), store.Reader.Held()[1]);
    }

    /// <summary>Nobody writes, but the line can't read: then the file is looked at.</summary>
    [Fact]
    public async Task CheckFile_DamagedAndNotYetWrittenTo_BeginsAnew()
    {
        var file = OutboxFile.Open(Folder, 1 << 30, _time);
        await using var store = OutboxStore.Start(file, "node-1", new OutboxConfig(), _time, NullLogger.Instance);
        var before = store.Epoch;
        await store.AppendAsync(Health(), Cancel);
        store.CheckFile();
        await store.MarkAckedAsync([], Cancel);
        Assert.Equal(before, store.Epoch);
        RuinTablesOf(file);

        store.CheckFile();
        while (store.Epoch == before) await Task.Delay(5, Cancel);

        Assert.Equal(EventKind.NodeGap, Assert.Single(store.Reader.ReadNewest(10, pendingOnly: true)).Event.Kind);
    }

    private async Task<Guid> FillAsync()
    {
        await using var store = Open();
        for (var i = 0; i < Events; i++) await store.AppendAsync(i % 3 == 0 ? Alert(crop: new byte[900]) : Health(300), Cancel);
        return store.Epoch;
    }

    private OutboxStore Open(string? folder = null) => OutboxStore.Open(
        folder ?? Folder, "node-1", new OutboxConfig(), _time, NullLogger.Instance);

    private void Ruin(string how)
    {
        var path = Path.Combine(Folder, "outbox.db");
        var content = File.ReadAllBytes(path);
        if (how == "random") new Random(3).NextBytes(content);
        if (how == "zeros") Array.Clear(content);
        if (how == "text") content = [.. Enumerable.Repeat((byte)'x', 9000)];
        if (how == "empty") content = [];
        if (how == "truncated") content = content[..^4096];
        if (how == "half") content = content[..(content.Length / 2)];
        File.WriteAllBytes(path, content);
        if (how != "other database") return;
        File.Delete(path);
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE other(x); PRAGMA user_version = 1";
        command.ExecuteNonQuery();
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>Overwrites every page but the first, in the file and in the journal, below the running store, and lets its
    /// connection forget what it has read.</summary>
    private void RuinTablesOf(OutboxFile file)
    {
        Assert.Equal(0, SQLitePCL.raw.sqlite3_wal_checkpoint_v2(
            file.Connection.Handle, "main", SQLitePCL.raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _));
        using (var stream = new FileStream(
            Path.Combine(Folder, "outbox.db"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.Position = 4096;
            var garbage = new byte[stream.Length - 4096];
            new Random(5).NextBytes(garbage);
            stream.Write(garbage);
        }
        Assert.Equal(0, SQLitePCL.raw.sqlite3_exec(file.Connection.Handle, "PRAGMA shrink_memory"));
    }

    /// <summary>The last number that plain SQLite finds; null when it finds no table.</summary>
    private static long? HeldByPlainSql(string folder)
    {
        var look = Directory.CreateDirectory(Path.Combine(folder, "look")).FullName;
        foreach (var name in (string[])["outbox.db", "outbox.db-wal"])
            File.Copy(Path.Combine(folder, name), Path.Combine(look, name));
        using var connection = new SqliteConnection($"Data Source={Path.Combine(look, "outbox.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM sqlite_master WHERE name = 'outbox'";
        if (Convert.ToInt64(command.ExecuteScalar(), null) == 0) return null;
        command.CommandText = "SELECT coalesce(max(seq), 0) FROM outbox";
        return Convert.ToInt64(command.ExecuteScalar(), null);
    }

    private static Guid EpochOf(byte[] mark) => new(mark.AsSpan(0, 16), bigEndian: true);
}
