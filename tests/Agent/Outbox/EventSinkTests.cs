using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Outbox;
using Picket.Agent.Telemetry;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Agent.Outbox;

/// <summary>A disk that takes nothing, and what the node keeps of what it decides meanwhile. The marks (128, 192, 224) are
/// the sink's, and count what is not on the disk.</summary>
public sealed class EventSinkTests : IAsyncLifetime
{
    private readonly TempFolder _temp = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private OutboxFile _file = null!;
    private OutboxStore _store = null!;
    private EventSink _sink = null!;

    private CancellationToken Cancel => _limit.Token;

    public Task InitializeAsync()
    {
        _file = OutboxFile.Open(_temp.File("state"), 1 << 30, TimeProvider.System);
        _store = OutboxStore.Start(_file, "n1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);
        _sink = new EventSink(_store, NullLogger.Instance);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _temp.Dispose();
        _limit.Dispose();
    }

    /// <summary>What a node that is told to end can't write any more is counted, so that its log can say so.</summary>
    [Fact]
    public async Task Lost_EndWhileTheDiskTakesNothing_IsAllThatWaited()
    {
        Stop(true);
        for (var i = 0; i < 5; i++) Add([1]);
        _sink.Complete();
        Assert.Equal(0, _sink.Lost);

        _store.GiveUpWaiting();

        await Assert.ThrowsAsync<PicketException>(() => _sink.Ended.WaitAsync(Cancel));
        Assert.Equal(5, _sink.Lost);
    }

    [Fact]
    public async Task Add_DiskTakesNothing_LeavesOutPicturesThenHealthThenUpdatesAndNeverAlerts()
    {
        Stop(true);
        for (var i = 0; i < 128; i++) Add([1]);
        Assert.Equal((128, 0), (_sink.Waiting, _sink.CropsLeftOut));
        for (var i = 0; i < 64; i++) Add([1]);
        Assert.Equal((192, 64), (_sink.Waiting, _sink.CropsLeftOut));
        for (var i = 0; i < 10; i++) _sink.Add(Health());
        Assert.Equal((192, 10), (_sink.Waiting, _sink.EventsLeftOut));
        for (var i = 0; i < 32; i++) _sink.Add(Read(PassagePhase.Update));
        Assert.Equal((224, 10), (_sink.Waiting, _sink.EventsLeftOut));
        for (var i = 0; i < 7; i++) _sink.Add(Read(PassagePhase.Update));
        Assert.Equal((224, 17), (_sink.Waiting, _sink.EventsLeftOut));
        Assert.True(_sink.HasRoom);
        for (var i = 0; i < 20; i++)
        {
            Add([1]);
            _sink.Add(Read(PassagePhase.End));
        }
        Assert.Equal((264, 17), (_sink.Waiting, _sink.EventsLeftOut));
        Assert.False(_sink.HasRoom);

        _sink.Complete();
        Assert.False(_sink.Ended.IsCompleted);
        Stop(false);
        await _sink.Ended.WaitAsync(Cancel);

        var stored = Stored();
        Assert.Equal(212, stored.Count(e => e.Kind == EventKind.FaceMatch));
        // An alert without its picture does not name one: nobody waits for it.
        Assert.Equal(128, stored.Count(e => e.Body.Face?.Crop is not null));
        Assert.Equal((52, 0), (stored.Count(e => e.Kind == EventKind.PlateRead), stored.Count(e => e.Kind == EventKind.NodeHealth)));
        var gap = Assert.Single(stored, e => e.Kind == EventKind.NodeGap).Body.Gap!;
        Assert.Equal((0, 0, 84, 17), (gap.FirstSeq, gap.Count, gap.Crops, gap.Unnumbered));
    }

    [Fact]
    public async Task Add_CameraGoesUpAndDownMeanwhile_TellsTheLastState()
    {
        Stop(true);
        for (var i = 0; i < 192; i++) _sink.Add(Alert());
        foreach (var (camera, kind) in new[]
        {
            ("c1", EventKind.CameraDown), ("c1", EventKind.CameraUp), ("c2", EventKind.CameraDown),
            ("c1", EventKind.CameraDown), ("c2", EventKind.CameraUp),
        })
            _sink.Add(State(camera, kind));
        Assert.Equal((192, 3), (_sink.Waiting, _sink.EventsLeftOut));

        Stop(false);
        while (_sink.Waiting > 0 || Stored().Count < 195) await Task.Delay(5, Cancel);
        _sink.Add(State("c1", EventKind.CameraUp));
        _sink.Complete();
        await _sink.Ended.WaitAsync(Cancel);

        Assert.Equal(
            [("c1", EventKind.CameraDown), ("c2", EventKind.CameraUp), ("c1", EventKind.CameraUp)],
            Stored().Where(e => e.Camera is "c1" or "c2").Select(e => (e.Camera!, e.Kind)));
    }

    [Fact]
    public void TryMakeCrop_DiskTakesNothing_IsNotMadeAndCountedAsLeftOut()
    {
        Stop(true);
        for (var i = 0; i < 128; i++) Add([1]);
        var telemetry = new CameraTelemetry();

        var crop = new CameraEvents(_sink, telemetry).TryMakeCrop(
            DateTimeOffset.UnixEpoch, () => throw new InvalidOperationException("nobody asked for it"));

        Assert.Null(crop);
        Assert.Equal((1, 0), (_sink.CropsLeftOut, telemetry.CropsLost));
    }

    [Fact]
    public async Task Add_DiskFullForAWhile_DeclaresWhatWasLeftOutWhenItIsNotAnyMore()
    {
        LimitPages(1);
        while (_sink.HasRoom) Add(new byte[3000]);
        while (!_store.IsDegraded) await Task.Delay(5, Cancel);
        Assert.True(_sink.CropsLeftOut > 0);
        var leftOut = _sink.CropsLeftOut;

        LimitPages(1 << 20);
        while (Stored().All(e => e.Kind != EventKind.NodeGap)) await Task.Delay(20, Cancel);
        _sink.Complete();
        await _sink.Ended.WaitAsync(Cancel);

        Assert.Equal(leftOut, Stored().Sum(e => e.Body.Gap?.Crops ?? 0));
        Assert.Equal(0, _store.Reader.Status().LostEvents);
    }

    private List<EventEnvelope> Stored() =>
        [.. _store.Reader.ReadNewest(2000, pendingOnly: false).Select(e => e.Event).OrderBy(e => e.Seq)];

    /// <summary>An alert as a lane tells it: the picture is made where there is room for one.</summary>
    private void Add(byte[] jpeg) =>
        _sink.Add(Alert(_sink.TakesCrop() ? new OutboxCrop(Guid.CreateVersion7(), jpeg) : null));

    private static EventDraft Alert(OutboxCrop? crop = null) => new()
    {
        Kind = EventKind.FaceMatch,
        Camera = "gate",
        At = DateTimeOffset.UtcNow,
        Body = new EventBody
        {
            Face = new FaceMatchBody(
                "p", "l", 0.5f, 0.4f, 1, DateTimeOffset.UnixEpoch, [1, 2, 3, 4], 0.5f, 1, crop?.Id),
        },
        Crop = crop,
        Passage = Guid.CreateVersion7(),
        Phase = PassagePhase.Update,
    };

    private static EventDraft Read(PassagePhase phase) => new()
    {
        Kind = EventKind.PlateRead,
        Camera = "gate",
        At = DateTimeOffset.UtcNow,
        Body = new EventBody
        {
            Plate = new PlateReadBody("A1", 0.5f, [1, 1], 1, [1, 2, 3, 4], [1, 2, 3, 4, 5, 6, 7, 8], 1, 1, ["d", "r"]),
        },
        Passage = Guid.CreateVersion7(),
        Phase = phase,
    };

    private static EventDraft Health() => new()
    {
        Kind = EventKind.NodeHealth,
        At = DateTimeOffset.UtcNow,
        Body = new EventBody { Health = new NodeHealthBody(1, 1, []) },
    };

    private static EventDraft State(string camera, EventKind kind) => new()
    {
        Kind = kind,
        Camera = camera,
        At = DateTimeOffset.UtcNow,
        Body = new EventBody { CameraState = new CameraStateBody("x") },
    };

    private void LimitPages(int pages) => Set($"max_page_count = {pages}");

    /// <summary>A disk that takes nothing at all; one that is full may have a page for a first event.</summary>
    private void Stop(bool isStopped) => Set($"query_only = {isStopped}");

    private void Set(string pragma) =>
        Assert.Equal(0, SQLitePCL.raw.sqlite3_exec(_file.Connection.Handle, $"PRAGMA {pragma}"));
}
