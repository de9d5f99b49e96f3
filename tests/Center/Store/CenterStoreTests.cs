using Dapper;
using Microsoft.Data.Sqlite;
using Picket.Center;
using Picket.Center.Store;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center.Store;

public sealed class CenterStoreTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly Guid _epoch = Guid.CreateVersion7();
    private readonly Guid _passage = Guid.CreateVersion7();
    private CenterStore _store;

    public CenterStoreTests() => _store = CenterStore.Open(Database);

    private string Database => _temp.File("center.db");

    public void Dispose()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public void Open_NewDatabase_IsDurableAndPrivate()
    {
        Commit(Face(1));
        Assert.Equal("wal", Scalar<string>("PRAGMA journal_mode"));
        Assert.All(Directory.GetFiles(_temp.Path), path =>
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path)));
        Assert.Equal(3, Directory.GetFiles(_temp.Path).Length);
    }

    [Fact]
    public void Open_NoDatabase_SaysWhatToDo()
    {
        var path = _temp.File("other.db");
        File.WriteAllText(path, new string('x', 4096));
        var damaged = Assert.Throws<CenterException>(() => CenterStore.Open(path));
        Assert.Contains("move it aside", damaged.Message);
    }

    [Fact]
    public void Open_NewerSchema_IsRefused()
    {
        Scalar<long>("PRAGMA user_version = 99");
        _store.Dispose();
        Assert.Contains("schema 99", Assert.Throws<CenterException>(() => CenterStore.Open(Database)).Message);
    }

    [Fact]
    public void Commit_SameEventTwiceInOneBatch_IsStoredOnceAndAcknowledgedTwice()
    {
        var face = Face(1);
        var result = Commit(face, face);
        Assert.Same(face, Assert.Single(result.Stored).Envelope);
        Assert.Equal([("gate-1", face.Id), ("gate-1", face.Id)], result.Acknowledged);
        Assert.Equal(1, Count("message"));
    }

    [Fact]
    public void Commit_AgainAfterReopening_IsAcknowledgedAndNotNew()
    {
        var face = Face(1);
        Commit(face);
        _store.Dispose();
        _store = CenterStore.Open(Database);
        var again = Commit(face);
        Assert.Empty(again.Stored);
        Assert.Equal([("gate-1", face.Id)], again.Acknowledged);
        Assert.Equal(1, Scalar<long>("SELECT messages FROM node_state"));
    }

    [Fact]
    public void Open_FilesAsAKilledProcessLeavesThem_HasWhatWasCommitted()
    {
        var face = Face(1);
        Commit(face);
        // Copied while open: the commit is in the write-ahead log only, and nobody has closed anything.
        foreach (var ending in (string[])["", "-wal"]) File.Copy(Database + ending, _temp.File("killed.db") + ending);
        using var reopened = CenterStore.Open(_temp.File("killed.db"));
        Assert.Empty(reopened.Commit([face.Received()], [], Received).Stored);
        Assert.Single(new StoreReader(_temp.File("killed.db")).Page(null, 10));
    }

    [Fact]
    public void Commit_LowerRevLate_HighestRevStays()
    {
        Commit(Face(3, PassagePhase.End, 2, "Best"), Face(1, PassagePhase.New, 0, "First"));
        Commit(Face(2, PassagePhase.Update, 1, "Second"));
        var row = Assert.Single(Page());
        Assert.Equal("end", row.Phase);
        Assert.Equal(2, row.Rev);
        Assert.Contains("Best", row.Body);
        Assert.Equal(UnixMicroseconds.From(Events.Noon.AddSeconds(1)), row.FirstAt);
        Assert.Equal(UnixMicroseconds.From(Events.Noon.AddSeconds(3)), row.LastAt);
    }

    [Fact]
    public void Commit_EndWithoutMatter_KeepsTheFace()
    {
        Commit(Face(1, PassagePhase.New, 0, "Ann"), Face(2, PassagePhase.End, 1) with { Body = new EventBody() });
        var row = Assert.Single(Page());
        Assert.Equal("end", row.Phase);
        Assert.Contains("Ann", row.Body);
    }

    [Fact]
    public void Commit_ReadAndHitOfOneVehicle_AreTwoRowsWithTheirPlate()
    {
        Commit(
            Events.Plate("gate-1", _epoch, 1, _passage, PassagePhase.New, 0),
            Events.Plate("gate-1", _epoch, 2, Guid.CreateVersion7(), PassagePhase.New, 0, hit: true),
            Events.Plate("gate-1", _epoch, 3, _passage, PassagePhase.Update, 1, text: "LEB4827"));
        var rows = Page();
        Assert.Equal(["plate.hit", "plate.read"], rows.Select(row => row.Kind).Order());
        Assert.Contains("LEB4827", rows.Single(row => row.Kind == "plate.read").Body);
        Assert.Contains("case 4711", rows.Single(row => row.Kind == "plate.hit").Body);
    }

    [Fact]
    public void Commit_SamePassageOfAnotherNode_IsAnotherRow()
    {
        var other = Events.Face("gate-2", _epoch, 1, _passage, PassagePhase.End, 9, "Forged");
        Commit(Face(1), other);
        Assert.Equal(2, Page().Count);
        Assert.Contains(Page(), row => row is { Node: "gate-1", Phase: "new" });
    }

    [Fact]
    public void Commit_SeqTakenByAnotherId_IsKeptAsideAndAcknowledged()
    {
        Commit(Face(1));
        var clash = Face(1);
        var result = Commit(clash);
        Assert.Empty(result.Stored);
        Assert.Same(clash, Assert.Single(result.Conflicts).Envelope);
        Assert.Equal([("gate-1", clash.Id)], result.Acknowledged);
        Assert.Equal((1, 1), (Count("message"), Count("conflict")));
    }

    [Fact]
    public void Commit_ClockAhead_DoesNotSortAboveWhatComesLater()
    {
        Commit(Face(1) with { At = Events.Noon.AddYears(50) });
        var later = Events.Face("gate-2", _epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0);
        _store.Commit([later.Received()], [], Events.Noon.AddHours(2));
        Assert.True(Page()[^1].FirstAt <= UnixMicroseconds.From(Received));
    }

    [Fact]
    public void Commit_HoleInSeq_IsNoGapUntilDeclared()
    {
        Commit(Face(1), Face(5));
        Assert.Equal(0, Assert.Single(new StoreReader(Database).Nodes()).Lost);
        var gap = new NodeGapBody(_epoch, 2, 4, 3, "disk full");
        Commit(Events.Node("gate-1", _epoch, 6, EventKind.NodeGap, new EventBody { Gap = gap }));
        Assert.Equal(3, Assert.Single(new StoreReader(Database).Nodes()).Lost);
        Assert.Equal(6, Scalar<long>("SELECT max_seq FROM node_state"));
    }

    [Fact]
    public void Commit_OlderCameraStateLate_NewestStays()
    {
        var down = new EventBody { CameraState = new CameraStateBody("no answer") };
        Commit(
            Events.Node("gate-1", _epoch, 2, EventKind.CameraUp, down, "door"),
            Events.Node("gate-1", _epoch, 1, EventKind.CameraDown, down, "door"),
            Events.Node("gate-1", _epoch, 3, EventKind.CameraDown, down, "yard"));
        Assert.Equal("yard", Assert.Single(new StoreReader(Database).Nodes()).CamerasDown);
    }

    // The node's clock was an hour ahead when the camera went down, and right again when it came back.
    [Fact]
    public void Commit_CameraStateAfterAClockThatWasAhead_NewestByTheNodesNumberingStays()
    {
        Commit(Camera(_epoch, 1, EventKind.CameraDown) with { At = Events.Noon.AddHours(1) });
        Commit(Camera(_epoch, 2, EventKind.CameraUp));
        Assert.Null(Assert.Single(new StoreReader(Database).Nodes()).CamerasDown);
    }

    [Fact]
    public void Commit_CameraStateOfTwoEpochs_TheEpochThatBeganToArriveLaterStays()
    {
        var next = Guid.CreateVersion7();
        Commit(
            Camera(_epoch, 7, EventKind.CameraDown) with { At = Events.Noon.AddHours(1) },
            Camera(next, 1, EventKind.CameraUp),
            Camera(_epoch, 8, EventKind.CameraDown) with { At = Events.Noon.AddHours(1) });
        Assert.Null(Assert.Single(new StoreReader(Database).Nodes()).CamerasDown);
    }

    [Fact]
    public void Commit_OlderHealthLate_NewestPendingStays()
    {
        Commit(
            Events.Node(
                "gate-1", _epoch, 2, EventKind.NodeHealth, new EventBody { Health = new NodeHealthBody(20, 7, []) }),
            Events.Node(
                "gate-1", _epoch, 1, EventKind.NodeHealth, new EventBody { Health = new NodeHealthBody(10, 900, []) }));
        Assert.Equal(7, Assert.Single(new StoreReader(Database).Nodes()).Pending);
    }

    [Fact]
    public void Commit_CropBeforeItsEvent_IsShownWithIt()
    {
        var face = Face(1);
        var crop = new ReceivedCrop(Guid.CreateVersion7(), "gate-1", face.Id, [0xFF, 0xD8, 0xFF, 0xD9]);
        Assert.Equal([("gate-1", crop.Id)], _store.Commit([], [crop], Received).Acknowledged);
        Commit(face);
        Assert.Equal(CenterStore.Bytes(crop.Id), Assert.Single(Page()).Crop);
        Assert.Equal(crop.Jpeg, new StoreReader(Database).Crop(crop.Id));
    }

    [Fact]
    public void Commit_CropAfterItsEvent_ChangesThePassage()
    {
        var face = Face(1);
        var before = Commit(face).LastChange;
        _store.Commit([], [new ReceivedCrop(Guid.CreateVersion7(), "gate-1", face.Id, [1])], Received);
        Assert.NotNull(Assert.Single(new StoreReader(Database).ChangedAfter(before, 10)).Crop);
    }

    [Fact]
    public void Commit_CropOfAnotherNodesEvent_IsNotShownThere()
    {
        var face = Face(1);
        Commit(face);
        _store.Commit([], [new ReceivedCrop(Guid.CreateVersion7(), "gate-2", face.Id, [1])], Received);
        Assert.Null(Assert.Single(Page()).Crop);
    }

    [Fact]
    public void Commit_CropIdOfAnotherNode_IsNotAcknowledged()
    {
        var id = Guid.CreateVersion7();
        _store.Commit([], [new ReceivedCrop(id, "gate-1", Guid.CreateVersion7(), [1])], Received);
        Assert.Empty(
            _store.Commit([], [new ReceivedCrop(id, "gate-2", Guid.CreateVersion7(), [2])], Received).Acknowledged);
        Assert.False(_store.HasCrop("gate-2", id));
    }

    [Fact]
    public void Commit_FailingInTheMiddle_StoresNothingAndMayBeTriedAgain()
    {
        // A trigger that fails on the second event stands for an error of the disk between two statements.
        var small = CenterStore.Open(_temp.File("small.db"));
        using var other = new SqliteConnection($"Data Source={_temp.File("small.db")};Pooling=False");
        other.Open();
        other.Execute(
            "CREATE TRIGGER full BEFORE INSERT ON message WHEN new.seq = 2 "
            + "BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END");
        Assert.Throws<SqliteException>(() => small.Commit([Face(1).Received(), Face(2).Received()], [], Received));
        Assert.Equal(0, other.ExecuteScalar<long>("SELECT COUNT(*) FROM message"));
        Assert.Equal(0, other.ExecuteScalar<long>("SELECT COUNT(*) FROM passage"));
        other.Execute("DROP TRIGGER full");
        Assert.Equal(2, small.Commit([Face(1).Received(), Face(2).Received()], [], Received).Stored.Count);
        small.Dispose();
    }

    [Fact]
    public void Page_ThreeRowsByTwo_ComesNewestFirstWithoutOverlap()
    {
        for (var seq = 1; seq <= 3; seq++)
            Commit(Events.Face("gate-1", _epoch, seq, Guid.CreateVersion7(), PassagePhase.New, 0));
        var reader = new StoreReader(Database);
        var first = reader.Page(null, 2);
        var second = reader.Page((first[1].FirstAt, new Guid(first[1].Passage, bigEndian: true)), 2);
        Assert.Equal(
            [3L, 2, 1],
            first.Concat(second).Select(row => (row.FirstAt - UnixMicroseconds.From(Events.Noon)) / 1_000_000));
    }

    private static DateTimeOffset Received => Events.Noon.AddHours(1);

    private EventEnvelope Face(
        long seq, PassagePhase phase = PassagePhase.New, int rev = 0, string person = "Ann Example") =>
        Events.Face("gate-1", _epoch, seq, _passage, phase, rev, person);

    private static EventEnvelope Camera(Guid epoch, long seq, EventKind kind) => Events.Node(
        "gate-1", epoch, seq, kind, new EventBody { CameraState = new CameraStateBody("no answer") }, "door");

    private CommitResult Commit(params EventEnvelope[] events) =>
        _store.Commit([.. events.Select(e => e.Received())], [], Received);

    private IReadOnlyList<PassageRow> Page() => new StoreReader(Database).Page(null, 100);

    private long Count(string table) => Scalar<long>($"SELECT COUNT(*) FROM {table}");

    private T? Scalar<T>(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        return connection.ExecuteScalar<T>(sql);
    }
}
