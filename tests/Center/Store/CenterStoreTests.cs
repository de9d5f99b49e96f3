using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Picket.Center.Receive;
using Picket.Center.Store;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center.Store;

/// <summary>What both databases do alike.</summary>
[Collection(PostgresTests.Name)]
public sealed class CenterStoreTests(PostgresFixture fixture) : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly Guid _epoch = Guid.CreateVersion7();
    private readonly Guid _passage = Guid.CreateVersion7();
    private string? _postgres;
    private CenterStore _store = null!;

    private string Database => _temp.File("center.db");

    public void Dispose()
    {
        _store.Dispose();
        _temp.Dispose();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_SameEventTwiceInOneBatch_IsStoredOnceAndAcknowledgedTwice(bool postgres)
    {
        await Open(postgres);
        var face = Face(1);
        var result = await Commit(face, face);
        Assert.Same(face, Assert.Single(result.Stored).Envelope);
        Assert.Equal([("gate-1", face.Id), ("gate-1", face.Id)], result.Acknowledged);
        Assert.Equal(1, await Count("message"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_AgainAfterReopening_IsAcknowledgedAndNotNew(bool postgres)
    {
        await Open(postgres);
        var face = Face(1);
        await Commit(face);
        _store.Dispose();
        Reopen();
        var again = await Commit(face);
        Assert.Empty(again.Stored);
        Assert.Equal([("gate-1", face.Id)], again.Acknowledged);
        Assert.Equal(1, await Scalar<long>("SELECT messages FROM node_state"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_LowerRevLate_HighestRevStays(bool postgres)
    {
        await Open(postgres);
        await Commit(Face(3, PassagePhase.End, 2, "Best"), Face(1, PassagePhase.New, 0, "First"));
        await Commit(Face(2, PassagePhase.Update, 1, "Second"));
        var row = Assert.Single(Page());
        Assert.Equal("end", row.Phase);
        Assert.Equal(2, row.Rev);
        Assert.Contains("Best", row.Body);
        Assert.Equal(UnixMicroseconds.From(Events.Noon.AddSeconds(1)), row.FirstAt);
        Assert.Equal(UnixMicroseconds.From(Events.Noon.AddSeconds(3)), row.LastAt);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_EndWithoutMatter_KeepsTheFace(bool postgres)
    {
        await Open(postgres);
        await Commit(Face(1, PassagePhase.New, 0, "Ann"), Face(2, PassagePhase.End, 1) with { Body = new EventBody() });
        var row = Assert.Single(Page());
        Assert.Equal("end", row.Phase);
        Assert.Contains("Ann", row.Body);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_ReadAndHitOfOneVehicle_AreTwoRowsWithTheirPlate(bool postgres)
    {
        await Open(postgres);
        await Commit(
            Events.Plate("gate-1", _epoch, 1, _passage, PassagePhase.New, 0),
            Events.Plate("gate-1", _epoch, 2, Guid.CreateVersion7(), PassagePhase.New, 0, hit: true),
            Events.Plate("gate-1", _epoch, 3, _passage, PassagePhase.Update, 1, text: "LEB4827"));
        var rows = Page();
        Assert.Equal(["plate.hit", "plate.read"], rows.Select(row => row.Kind).Order());
        Assert.Contains("LEB4827", rows.Single(row => row.Kind == "plate.read").Body);
        Assert.Contains("case 4711", rows.Single(row => row.Kind == "plate.hit").Body);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_SamePassageOfAnotherNode_IsAnotherRow(bool postgres)
    {
        await Open(postgres);
        var other = Events.Face("gate-2", _epoch, 1, _passage, PassagePhase.End, 9, "Forged");
        await Commit(Face(1), other);
        Assert.Equal(2, Page().Count);
        Assert.Contains(Page(), row => row is { Node: "gate-1", Phase: "new" });
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_SeqTakenByAnotherId_IsKeptAsideAndAcknowledged(bool postgres)
    {
        await Open(postgres);
        await Commit(Face(1));
        var clash = Face(1);
        var result = await Commit(clash);
        Assert.Empty(result.Stored);
        Assert.Same(clash, Assert.Single(result.Conflicts).Envelope);
        Assert.Equal([("gate-1", clash.Id)], result.Acknowledged);
        Assert.Equal((2L, 1L), (await Count("message"), await Count("conflict")));
        // Sent again it is there already.
        Assert.Equal((1, 0), ((result = await Commit(clash)).Duplicates, result.Conflicts.Count));
        Assert.Equal(1, Assert.Single(_store.Reader.Nodes()).Conflicts);
    }

    // The node was set back to a snapshot: what it sees now has the numbers of what it saw before.
    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_ConflictOfAnotherPassage_IsShownAndMarked(bool postgres)
    {
        await Open(postgres);
        await Commit(Face(1));
        var clash = Events.Face("gate-1", _epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0, "Set Back");
        await Commit(clash);
        var shown = Assert.Single(Page(), row => row.Conflict);
        Assert.Contains("Set Back", shown.Body);
        Assert.Equal((1, 1, 1), (Page().Count(row => !row.Conflict), Epochs().Count, Epochs()[0].Messages));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_IdTakenByAnotherNode_IsShownUnderItsOwn(bool postgres)
    {
        await Open(postgres);
        var first = Face(1);
        await Commit(first);
        var other = Events.Face("gate-2", _epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0) with { Id = first.Id };
        var result = await Commit(other);
        Assert.Equal([("gate-2", first.Id)], result.Acknowledged);
        Assert.Contains(Page(), row => row is { Node: "gate-2", Conflict: true });
        Assert.Equal(1, (await Commit(other)).Duplicates);
        Assert.Equal(2, Page().Count);
    }

    // Left there by a build that did not look at numbers: no sum of them may fail, and none is believed.
    [Theory, OnSqlite, OnPostgres]
    public async Task Reader_RowsWithTheLargestNumbers_AreCut(bool postgres)
    {
        await Open(postgres);
        await Commit(Face(1));
        var epochs = new[] { Guid.CreateVersion7(), Guid.CreateVersion7() };
        await _store.PutHeldAsync([.. epochs.Select(epoch => new HeldRow
        {
            Node = "gate-1", Epoch = epoch, Low = 1, High = long.MaxValue, ComparedAt = 0, Awaited = long.MaxValue, Missing = long.MaxValue,
        })]);
        var node = Assert.Single(_store.Reader.Nodes());
        Assert.True(node.Missing > WireBounds.MaxNumber && node.Awaited > WireBounds.MaxNumber);
        Assert.All(Epochs(), epoch => Assert.InRange(epoch.High, 0, WireBounds.MaxNumber));
    }

    // A node without a clock battery: its alert is the newest all the same, and marked.
    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_ClockOf1970_IsSortedByArrivalAndMarked(bool postgres)
    {
        await Open(postgres);
        await Commit(Face(1));
        var unset = Events.Face("gate-2", _epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0) with { At = DateTimeOffset.UnixEpoch };
        await _store.CommitAsync([unset.Received()], [], Received.AddMinutes(1));
        Assert.Equal(("gate-2", true), (Page()[0].Node, Page()[0].Doubt));
        Assert.False(Page()[1].Doubt);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Delete_WhatIsOverItsTime_IsGoneAndNoHole(bool postgres)
    {
        await Open(postgres);
        var time = new FakeTimeProvider(Received);
        var crop = Guid.CreateVersion7();
        var read = Events.Plate("gate-1", _epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0);
        var hit = Events.Plate("gate-1", _epoch, 2, Guid.CreateVersion7(), PassagePhase.New, 0, hit: true, crop: crop);
        var other = Events.Plate("gate-1", _epoch, 4, Guid.CreateVersion7(), PassagePhase.New, 0);
        await _store.CommitAsync(
            [read.Received(), hit.Received(), other.Received()], [new ReceivedCrop(crop, "gate-1", hit.Id, [1, 2, 3])], Received);
        var retention = new CenterRetention(_store, new KeepTimes(), new LogLines(), time);

        Assert.Equal(0, await retention.TakeTurnAsync(CancellationToken.None));
        time.Advance(TimeSpan.FromDays(30) + TimeSpan.FromSeconds(1));
        while (await retention.TakeTurnAsync(CancellationToken.None) > 0)
        {
        }

        Assert.Equal("plate.hit", Assert.Single(Page()).Kind);
        Assert.Null(_store.Reader.Crop(crop));
        Assert.Equal([new SeqRange(1, 1), new SeqRange(4, 4)], _store.Reader.Deleted("gate-1", _epoch, 1, 9));
        // Asked is for the one that never came, and for none that was here.
        var state = new CenterState();
        state.SetStatus("gate-1", true, [new HeldRange(_epoch, 1, 4)]);
        var watch = new GapWatch(_store, state, new LogLines(), time, TimeSpan.FromSeconds(10));
        await watch.TakeTurnAsync(_ => Task.CompletedTask, CancellationToken.None);
        Assert.Equal((1, 0), (Assert.Single(_store.Reader.Nodes()).Awaited, Assert.Single(_store.Reader.Nodes()).Missing));

        time.Advance(TimeSpan.FromDays(336));
        while (await retention.TakeTurnAsync(CancellationToken.None) > 0)
        {
        }
        Assert.Empty(Page());
        Assert.Equal(0, await Count("message"));
    }

    // Set ahead by mistake: not a year is deleted at once.
    [Theory, OnSqlite, OnPostgres]
    public async Task Delete_ClockThatJumped_DeletesNothing(bool postgres)
    {
        await Open(postgres);
        await Commit(Face(1));
        var time = new FakeTimeProvider(Received.AddYears(1));
        var log = new LogLines();
        var retention = new CenterRetention(_store, new KeepTimes(), log, time);
        Assert.Equal(0, await retention.TakeTurnAsync(CancellationToken.None));
        Assert.Single(Page());
        Assert.True(log.Has("if it is wrong, set it"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_ClockAhead_DoesNotSortAboveWhatComesLater(bool postgres)
    {
        await Open(postgres);
        await Commit(Face(1) with { At = Events.Noon.AddYears(50) });
        var later = Events.Face("gate-2", _epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0);
        await _store.CommitAsync([later.Received()], [], Events.Noon.AddHours(2));
        Assert.True(Page()[^1].FirstAt <= UnixMicroseconds.From(Received));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_HoleInSeq_IsNoGapUntilDeclared(bool postgres)
    {
        await Open(postgres);
        await Commit(Face(1), Face(5));
        Assert.Equal(0, Assert.Single(_store.Reader.Nodes()).Lost);
        var gap = new NodeGapBody(_epoch, 2, 4, 3, "disk full");
        await Commit(Events.Node("gate-1", _epoch, 6, EventKind.NodeGap, new EventBody { Gap = gap }));
        Assert.Equal(3, Assert.Single(_store.Reader.Nodes()).Lost);
        Assert.Equal(6, await Scalar<long>("SELECT max_seq FROM node_state"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_OlderCameraStateLate_NewestStays(bool postgres)
    {
        await Open(postgres);
        var down = new EventBody { CameraState = new CameraStateBody("no answer") };
        await Commit(
            Events.Node("gate-1", _epoch, 2, EventKind.CameraUp, down, "door"),
            Events.Node("gate-1", _epoch, 1, EventKind.CameraDown, down, "door"),
            Events.Node("gate-1", _epoch, 3, EventKind.CameraDown, down, "yard"));
        Assert.Equal("yard", Assert.Single(_store.Reader.Nodes()).CamerasDown);
    }

    // The node's clock was an hour ahead when the camera went down, and right again when it came back.
    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_CameraStateAfterAClockThatWasAhead_NewestByTheNodesNumberingStays(bool postgres)
    {
        await Open(postgres);
        await Commit(Camera(_epoch, 1, EventKind.CameraDown) with { At = Events.Noon.AddHours(1) });
        await Commit(Camera(_epoch, 2, EventKind.CameraUp));
        Assert.Null(Assert.Single(_store.Reader.Nodes()).CamerasDown);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_CameraStateOfTwoEpochs_TheEpochThatBeganToArriveLaterStays(bool postgres)
    {
        await Open(postgres);
        var next = Guid.CreateVersion7();
        await Commit(
            Camera(_epoch, 7, EventKind.CameraDown) with { At = Events.Noon.AddHours(1) },
            Camera(next, 1, EventKind.CameraUp),
            Camera(_epoch, 8, EventKind.CameraDown) with { At = Events.Noon.AddHours(1) });
        Assert.Null(Assert.Single(_store.Reader.Nodes()).CamerasDown);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_OlderHealthLate_NewestPendingStays(bool postgres)
    {
        await Open(postgres);
        await Commit(
            Events.Node(
                "gate-1", _epoch, 2, EventKind.NodeHealth, new EventBody { Health = new NodeHealthBody(20, 7, []) }),
            Events.Node(
                "gate-1", _epoch, 1, EventKind.NodeHealth, new EventBody { Health = new NodeHealthBody(10, 900, []) }));
        Assert.Equal(7, Assert.Single(_store.Reader.Nodes()).Pending);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_CropBeforeItsEvent_IsShownWithIt(bool postgres)
    {
        await Open(postgres);
        var face = Face(1);
        var crop = new ReceivedCrop(Guid.CreateVersion7(), "gate-1", face.Id, [0xFF, 0xD8, 0xFF, 0xD9]);
        Assert.Equal([("gate-1", crop.Id)], (await _store.CommitAsync([], [crop], Received)).Acknowledged);
        await Commit(face);
        Assert.Equal(CenterStore.Bytes(crop.Id), Assert.Single(Page()).Crop);
        Assert.Equal(crop.Jpeg, _store.Reader.Crop(crop.Id));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_CropAfterItsEvent_ChangesThePassage(bool postgres)
    {
        await Open(postgres);
        var face = Face(1);
        var before = (await Commit(face)).LastChange;
        await _store.CommitAsync([], [new ReceivedCrop(Guid.CreateVersion7(), "gate-1", face.Id, [1])], Received);
        Assert.NotNull(Assert.Single(_store.Reader.ChangedAfter(before, 10)).Crop);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_CropOfAnotherNodesEvent_IsNotShownThere(bool postgres)
    {
        await Open(postgres);
        var face = Face(1);
        await Commit(face);
        await _store.CommitAsync([], [new ReceivedCrop(Guid.CreateVersion7(), "gate-2", face.Id, [1])], Received);
        Assert.Null(Assert.Single(Page()).Crop);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_CropIdOfAnotherNode_IsNotAcknowledged(bool postgres)
    {
        await Open(postgres);
        var id = Guid.CreateVersion7();
        await _store.CommitAsync([], [new ReceivedCrop(id, "gate-1", Guid.CreateVersion7(), [1])], Received);
        Assert.Empty(
            (await _store.CommitAsync([], [new ReceivedCrop(id, "gate-2", Guid.CreateVersion7(), [2])], Received)).Acknowledged);
        Assert.False(await _store.HasCropAsync("gate-2", id));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Page_ThreeRowsByTwo_ComesNewestFirstWithoutOverlap(bool postgres)
    {
        await Open(postgres);
        for (var seq = 1; seq <= 3; seq++)
            await Commit(Events.Face("gate-1", _epoch, seq, Guid.CreateVersion7(), PassagePhase.New, 0));
        var reader = _store.Reader;
        var first = reader.Page(null, 2);
        var second = reader.Page((first[1].FirstAt, new Guid(first[1].Passage, bigEndian: true)), 2);
        Assert.Equal(
            [3L, 2, 1],
            first.Concat(second).Select(row => (row.FirstAt - UnixMicroseconds.From(Events.Noon)) / 1_000_000));
    }

    // Who commits later has the higher change number, or a page that has seen it would miss the other's rows.
    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_TwoWritersInTurn_NumberTheirChangesUpwards(bool postgres)
    {
        await Open(postgres);
        using var first = _store;
        Reopen();
        var changes = new List<long>();
        for (var seq = 1; seq <= 4; seq++)
        {
            var face = Events.Face("gate-1", _epoch, seq, Guid.CreateVersion7(), PassagePhase.New, 0).Received();
            changes.Add((await (seq % 2 == 0 ? first : _store).CommitAsync([face], [], Received)).LastChange);
        }
        Assert.Equal([1L, 2, 3, 4], changes);
    }

    // Counted by hand: 1 to 9 stored without 3, 5, 6; asked for 2 to 12.
    [Theory, OnSqlite, OnPostgres]
    public async Task Holes_SomeMissing_AreTheRangesBetween(bool postgres)
    {
        await Open(postgres);
        await Commit([.. new[] { 1, 2, 4, 7, 8, 9 }.Select(seq => Face(seq))]);
        var reader = _store.Reader;
        SeqRange[] expected = [new(3, 3), new(5, 6), new(10, 12)];
        Assert.Equal(expected, reader.Holes("gate-1", _epoch, 2, 12, 10));
        Assert.Equal(expected[..2], reader.Holes("gate-1", _epoch, 2, 12, 2));
        Assert.Equal([new SeqRange(1, 4)], reader.Holes("gate-2", _epoch, 1, 4, 10));
        Assert.Empty(reader.Holes("gate-1", _epoch, 7, 9, 10));
        Assert.Equal(5, reader.CountStored("gate-1", _epoch, 2, 12));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task PutHeld_Twice_TheNewestWordStays(bool postgres)
    {
        await Open(postgres);
        await Commit(Face(1));
        var held = new HeldRow
        {
            Node = "gate-1",
            Epoch = _epoch,
            Low = 1,
            High = 9,
            ComparedAt = 1,
            Awaited = 8,
            Missing = 0,
        };
        await _store.PutHeldAsync([held]);
        await _store.PutHeldAsync([held with { Low = 5, Awaited = 5, Missing = 3 }]);
        var node = Assert.Single(_store.Reader.Nodes());
        Assert.Equal((5, 3), (node.Awaited, node.Missing));
        var epoch = Assert.Single(_store.Reader.Epochs("gate-1", 10));
        Assert.Equal((1, 1, 9), (epoch.MaxSeq, epoch.Messages, epoch.High));
        Assert.Equal(CenterStore.Bytes(_epoch), epoch.Epoch);
    }

    // PostgreSQL's text can't hold a zero: a node that sends one must not stop all the others.
    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_ZeroInAReason_IsStored(bool postgres)
    {
        await Open(postgres);
        await Commit(
            Events.Node("gate-1", _epoch, 1, EventKind.NodeGap, new EventBody { Gap = new(_epoch, 5, 6, 2, "a\0b") }),
            Camera(_epoch, 2, EventKind.CameraDown) with
            {
                Body = new EventBody { CameraState = new CameraStateBody("a\0b") },
            });
        Assert.Equal((2, "door"), (_store.Reader.Nodes()[0].Lost, _store.Reader.Nodes()[0].CamerasDown));
        Assert.Equal([new SeqRange(5, 6)], _store.Reader.Declared("gate-1", _epoch, 1, 10));
        Assert.Empty(_store.Reader.Declared("gate-1", _epoch, 7, 10));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_ManyOfAllKinds_AreAllThereAndAgainNone(bool postgres)
    {
        await Open(postgres);
        EventEnvelope[] all =
        [
            .. Enumerable.Range(1, 500).Select(seq =>
                Events.Plate($"gate-{seq % 7}", _epoch, seq, Guid.CreateVersion7(), PassagePhase.New, 0)),
            .. Enumerable.Range(501, 20).Select(seq => Camera(_epoch, seq, EventKind.CameraDown)),
        ];
        Assert.Equal(520, (await Commit(all)).Stored.Count);
        var again = await Commit(all);
        Assert.Equal((0, 520, 520), (again.Stored.Count, again.Duplicates, again.Acknowledged.Count));
        Assert.Equal((520L, 500L), (await Count("message"), await Count("passage")));
        Assert.Equal(520, await Scalar<long>("SELECT CAST(SUM(messages) AS bigint) FROM node_state"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Page_WithoutReads_HasAlertsAndOtherKindsInBothDirections(bool postgres)
    {
        await Open(postgres);
        var passages = Enumerable.Range(1, 9).Select(seq => seq % 3 == 0
            ? Events.Plate("gate-1", _epoch, seq, Guid.CreateVersion7(), PassagePhase.New, 0, hit: seq == 6)
            : seq % 3 == 1
                ? Events.Plate("gate-1", _epoch, seq, Guid.CreateVersion7(), PassagePhase.New, 0)
                : Events.Face("gate-1", _epoch, seq, Guid.CreateVersion7(), PassagePhase.New, 0)).ToArray();
        await Commit(passages);
        var reader = _store.Reader;
        var alerts = reader.Page(null, 10, withReads: false);
        Assert.Equal(["face.match", "plate.hit", "face.match", "face.match"], alerts.Select(row => row.Kind));
        Assert.Equal(9, reader.Page(null, 10).Count);
        var oldest = (alerts[3].FirstAt, new Guid(alerts[3].Passage, bigEndian: true));
        Assert.Equal(
            alerts.Take(3).Select(row => row.FirstAt), reader.PageAfter(oldest, 10, withReads: false).Select(row => row.FirstAt));
        Assert.Equal(
            [alerts[1].FirstAt, alerts[2].FirstAt], reader.PageAfter(oldest, 2, withReads: false).Select(row => row.FirstAt));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_HealthWithoutACamera_ForgetsWhatWasToldOfItBefore(bool postgres)
    {
        await Open(postgres);
        var down = new EventBody { CameraState = new CameraStateBody("no answer") };
        await Commit(
            Events.Node("gate-1", _epoch, 1, EventKind.CameraDown, down, "door"),
            Events.Node("gate-1", _epoch, 2, EventKind.CameraDown, down, "gone"),
            Events.Node("gate-2", _epoch, 1, EventKind.CameraDown, down, "gone"));
        await Commit(
            Events.Node("gate-1", _epoch, 3, EventKind.NodeHealth, Health("door")),
            Events.Node("gate-1", _epoch, 4, EventKind.CameraDown, down, "new"));
        var nodes = _store.Reader.Nodes();
        // "new" was told of after that health, "gone" of the other node is its own.
        Assert.Equal("door, new", string.Join(", ", nodes[0].CamerasDown!.Split(", ").Order()));
        Assert.Equal("gone", nodes[1].CamerasDown);
        Assert.Equal("door (no answer); new (no answer)", nodes[0].CamerasDownWhy);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_OlderHealthLate_ForgetsNoCameraThatWasToldOfAfterIt(bool postgres)
    {
        await Open(postgres);
        var down = new EventBody { CameraState = new CameraStateBody("no answer") };
        await Commit(Events.Node("gate-1", _epoch, 5, EventKind.CameraDown, down, "yard"));
        await Commit(Events.Node("gate-1", _epoch, 4, EventKind.NodeHealth, Health("door")));
        Assert.Equal("yard", Assert.Single(_store.Reader.Nodes()).CamerasDown);
    }

    private static EventBody Health(params string[] cameras) => new()
    {
        Health = new NodeHealthBody(1, 0, [.. cameras.Select(camera => new CameraHealth(camera, true, 1, 0, 1, 25))]),
    };

    private static DateTimeOffset Received => Events.Noon.AddHours(1);

    private EventEnvelope Face(
        long seq, PassagePhase phase = PassagePhase.New, int rev = 0, string person = "Ann Example") =>
        Events.Face("gate-1", _epoch, seq, _passage, phase, rev, person);

    private static EventEnvelope Camera(Guid epoch, long seq, EventKind kind) => Events.Node(
        "gate-1", epoch, seq, kind, new EventBody { CameraState = new CameraStateBody("no answer") }, "door");

    private async Task Open(bool postgres)
    {
        if (postgres) _postgres = await (await fixture.Server).NewDatabaseAsync();
        Reopen();
    }

    private void Reopen() => _store = _postgres is null
        ? CenterStore.Open(Database)
        : PostgresStore.Open(PostgresAddress.Parse(_postgres));

    private Task<CommitResult> Commit(params EventEnvelope[] events) =>
        _store.CommitAsync([.. events.Select(e => e.Received())], [], Received);

    private IReadOnlyList<EpochRow> Epochs() => _store.Reader.Epochs("gate-1", 64);

    private IReadOnlyList<PassageRow> Page() => _store.Reader.Page(null, 100);

    private Task<long> Count(string table) => Scalar<long>($"SELECT COUNT(*) FROM {table}");

    private async Task<T?> Scalar<T>(string sql)
    {
        await using DbConnection connection = _postgres is null
            ? new SqliteConnection($"Data Source={Database};Pooling=False")
            : new NpgsqlConnection(_postgres + ";Pooling=false");
        await connection.OpenAsync();
        return await connection.ExecuteScalarAsync<T>(sql);
    }
}
