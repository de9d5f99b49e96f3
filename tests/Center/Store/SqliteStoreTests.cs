using Dapper;
using Microsoft.Data.Sqlite;
using Picket.Center.Store;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center.Store;

public sealed class SqliteStoreTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly Guid _epoch = Guid.CreateVersion7();
    private readonly Guid _passage = Guid.CreateVersion7();
    private readonly CenterStore _store;

    public SqliteStoreTests() => _store = CenterStore.Open(Database);

    private string Database => _temp.File("center.db");

    public void Dispose()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public async Task Open_NewDatabase_IsDurableAndPrivate()
    {
        await Commit(Face(1));
        Assert.Equal("wal", Scalar<string>("PRAGMA journal_mode"));
        Assert.All(Directory.GetFiles(_temp.Path), path =>
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path)));
        Assert.Equal(3, Directory.GetFiles(_temp.Path).Length);
    }

    /// <summary>SQLite's codes (sqlite.org/rescode.html): busy, read-only, failing and full disks may come back; a file
    /// that was moved away, is damaged or no database does not.</summary>
    [Theory]
    [InlineData(5, 5, nameof(StoreFault.Passing))]
    [InlineData(8, 8, nameof(StoreFault.Passing))]
    [InlineData(8, 1032, nameof(StoreFault.Lasting))]
    [InlineData(10, 10, nameof(StoreFault.Disk))]
    [InlineData(11, 11, nameof(StoreFault.Lasting))]
    [InlineData(13, 13, nameof(StoreFault.Passing))]
    [InlineData(26, 26, nameof(StoreFault.Lasting))]
    public void FaultOf_SqliteError_TellsWhetherItPasses(int code, int extended, string fault) =>
        Assert.Equal(fault, _store.FaultOf(new Microsoft.Data.Sqlite.SqliteException("x", code, extended)).ToString());

    [Fact]
    public void Open_NoDatabase_SaysWhatToDo()
    {
        var path = _temp.File("other.db");
        File.WriteAllText(path, new string('x', 4096));
        var damaged = Assert.Throws<PicketException>(() => CenterStore.Open(path));
        Assert.Contains("move it aside", damaged.Message);
    }

    [Fact]
    public void Open_NewerSchema_IsRefused()
    {
        Scalar<long>("PRAGMA user_version = 99");
        _store.Dispose();
        Assert.Contains("schema 99", Assert.Throws<PicketException>(() => CenterStore.Open(Database)).Message);
    }

    [Fact]
    public async Task Open_FilesAsAKilledProcessLeavesThem_HasWhatWasCommitted()
    {
        var face = Face(1);
        await Commit(face);
        // Copied while open: the commit is in the write-ahead log only, and nobody has closed anything.
        foreach (var ending in (string[])["", "-wal"]) File.Copy(Database + ending, _temp.File("killed.db") + ending);
        using var reopened = CenterStore.Open(_temp.File("killed.db"));
        Assert.Empty((await reopened.CommitAsync([face.Received()], [], Received)).Stored);
        Assert.Single(reopened.Reader.Page(null, 10));
    }

    [Fact]
    public async Task Commit_FailingInTheMiddle_StoresNothingAndMayBeTriedAgain()
    {
        // A trigger that fails on the second event stands for an error of the disk between two statements.
        var small = CenterStore.Open(_temp.File("small.db"));
        using var other = new SqliteConnection($"Data Source={_temp.File("small.db")};Pooling=False");
        other.Open();
        other.Execute(
            "CREATE TRIGGER full BEFORE INSERT ON message WHEN new.seq = 2 "
            + "BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END");
        await Assert.ThrowsAsync<SqliteException>(() => small.CommitAsync([Face(1).Received(), Face(2).Received()], [], Received));
        Assert.Equal(0, other.ExecuteScalar<long>("SELECT COUNT(*) FROM message"));
        Assert.Equal(0, other.ExecuteScalar<long>("SELECT COUNT(*) FROM passage"));
        other.Execute("DROP TRIGGER full");
        Assert.Equal(2, (await small.CommitAsync([Face(1).Received(), Face(2).Received()], [], Received)).Stored.Count);
        small.Dispose();
    }

    // The tables as the build before this one made them, and a row.
    [Fact]
    public async Task Open_Version2_GoesOnWithWhatIsThere()
    {
        var path = _temp.File("old.db");
        using (var old = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            old.Open();
            old.Execute(SqliteSchema.Sql[..SqliteSchema.Sql.IndexOf("CREATE INDEX gap_node", StringComparison.Ordinal)]
                .Replace(" pending_seq INTEGER NOT NULL DEFAULT 0,", "")
                .Replace("is_read INTEGER NOT NULL DEFAULT 0,", "")
                .Replace("doubt INTEGER NOT NULL DEFAULT 0, -- the node's clock was known to be wrong: first_at is when it arrived", "")
                .Replace("CREATE INDEX passage_alert ON passage(first_at, passage) WHERE is_read = 0;", ""));
            old.Execute("INSERT INTO node_state VALUES('gate-1', @epoch, 1, 7, 7, 1, 3)", new { epoch = CenterStore.Bytes(_epoch) });
            old.Execute("PRAGMA user_version = 2");
        }
        using var store = CenterStore.Open(path);
        await store.CommitAsync([Face(8).Received()], [], Received);
        Assert.Equal(3, Assert.Single(store.Reader.Nodes()).Pending);
        Assert.Equal(8, Assert.Single(store.Reader.Epochs("gate-1", 10)).Messages);
    }

    // The same of version 3, with a read and an alert that were stored by it.
    [Fact]
    public async Task Open_Version3_KnowsReadsFromAlerts()
    {
        var path = _temp.File("old.db");
        using (var made = CenterStore.Open(path))
        {
            var read = Events.Plate("gate-1", _epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0);
            await made.CommitAsync([read.Received(), Face(2).Received()], [], Received);
        }
        using (var old = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            old.Open();
            old.Execute(To4 + "DROP INDEX passage_alert; ALTER TABLE passage DROP COLUMN is_read; PRAGMA user_version = 3");
        }
        using var store = CenterStore.Open(path);
        Assert.Equal("face.match", Assert.Single(store.Reader.Page(null, 10, withReads: false)).Kind);
        Assert.Equal(2, store.Reader.Page(null, 10).Count);
    }

    // The same of version 4: what it stored is there, and can be deleted when its time is over.
    [Fact]
    public async Task Open_Version4_GoesOnWithWhatIsThere()
    {
        var path = _temp.File("old.db");
        using (var made = CenterStore.Open(path)) await made.CommitAsync([Face(1).Received()], [], Received);
        using (var old = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            old.Open();
            old.Execute(To4);
        }
        using var store = CenterStore.Open(path);
        Assert.False(Assert.Single(store.Reader.Page(null, 10)).Doubt);
        Assert.Equal(1, await store.DeleteAsync(rows => rows.DeleteEvents("face.match", UnixMicroseconds.From(Received), 10)));
        Assert.Equal([new SeqRange(1, 1)], store.Reader.Deleted("gate-1", _epoch, 1, 9));
    }

    /// <summary>Makes of the present tables those of version 4.</summary>
    private const string To4 = """
        DROP TABLE deleted; DROP INDEX message_kind; DROP INDEX crop_received; DROP INDEX node_state_no;
        ALTER TABLE passage DROP COLUMN doubt; PRAGMA user_version = 4;
        """;

    private static DateTimeOffset Received => Events.Noon.AddHours(1);

    private EventEnvelope Face(long seq) =>
        Events.Face("gate-1", _epoch, seq, _passage, PassagePhase.New, 0, "Ann Example");

    private Task<CommitResult> Commit(params EventEnvelope[] events) =>
        _store.CommitAsync([.. events.Select(e => e.Received())], [], Received);

    private T? Scalar<T>(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        return connection.ExecuteScalar<T>(sql);
    }
}
