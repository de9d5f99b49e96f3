using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Cli.Demo;
using Picket.Agent.Config;
using Picket.Agent.Faces;
using Picket.Agent.Infer;
using Picket.Agent.Ingest;
using Picket.Agent.Outbox;
using Picket.Agent.Pipeline;
using Picket.Agent.Plates;
using Picket.Agent.Plates.Grammar;
using Picket.Agent.Plates.Lists;
using Picket.Agent.Telemetry;
using Picket.Agent.Track;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Agent.Plates;

/// <summary>The way from frame to event on the demo's drawn road: five vehicles, one after the other, whose plates are
/// known.</summary>
public sealed class PlateLaneTests(PlateLaneTests.Road road) : IClassFixture<PlateLaneTests.Road>, IAsyncDisposable
{
    private static readonly ModelCatalog Catalog = ModelCatalog.Open(Repository.Path("artifacts", "models"));
    private readonly TempFolder _temp = new();
    private readonly LatestFrame _slot = new();
    private readonly SemaphoreSlim _slots = new(1);
    private readonly CameraTelemetry _telemetry = new();
    private readonly List<IDisposable> _owned = [];
    private OutboxStore? _outbox;
    private EventSink? _sink;

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in Enumerable.Reverse(_owned)) owned.Dispose();
        if (_outbox is not null) await _outbox.DisposeAsync();
        _slot.Dispose();
        _slots.Dispose();
        _temp.Dispose();
    }

    [FfmpegFact]
    public async Task Analyze_DrawnVehicles_EachIsOnePassageWithItsPlate()
    {
        var listed = VehicleScene.Presences[0].Name;
        var pipeline = Pipeline(crops: true, $"{listed},case 1");
        Play(road.Clip, VehicleScene.Frames, pipeline);
        pipeline.EndAll("stop", DateTimeOffset.UtcNow);

        var events = await CommittedAsync();
        var reads = events.Where(e => e.Kind == EventKind.PlateRead).GroupBy(e => e.Passage).ToArray();
        Assert.Equal(
            VehicleScene.Presences.Select(p => p.Name),
            reads.OrderBy(g => g.Min(e => e.Seq)).Select(g => g.MaxBy(e => e.Rev)!.Body.Plate!.Text));
        Assert.All(reads, passage =>
        {
            Assert.Equal((PassagePhase.New, PassagePhase.End), (passage.First().Phase!.Value, passage.Last().Phase!.Value));
            Assert.Equal(Enumerable.Range(0, passage.Count()), passage.Select(e => e.Rev));
            Assert.Equal("c1", passage.First().Camera);
        });
        var hit = Assert.Single(events, e => e is { Kind: EventKind.PlateHit, Phase: PassagePhase.New });
        Assert.Equal((listed, "case 1", "stolen"), (hit.Body.Plate!.Text, hit.Body.Hit!.Entry, hit.Body.Hit.List));
        Assert.Equal(reads[0].Key, hit.Body.Hit.Read);
        var crop = _outbox!.Reader.ReadPendingCrop(0)!.Value;
        Assert.Equal([0xFF, 0xD8], crop.Jpeg[..2]);
        Assert.InRange(_telemetry.PlateShots, 5, 2 * PlateVote.LooksAtOnce * _telemetry.Tracks); // 8 s each
        Assert.Equal(0, _telemetry.CropsLost);
    }

    [FfmpegFact]
    public async Task Analyze_PlateCropsSwitchedOff_OnlyTheHitHasAPicture()
    {
        const int Frames = 240; // two vehicles
        var pipeline = Pipeline(crops: false, $"{VehicleScene.Presences[0].Name},case 1");
        Play(road.Clip, Frames, pipeline);
        pipeline.EndAll("stop", DateTimeOffset.UtcNow);

        var events = await CommittedAsync();
        Assert.Equal(2, events.Where(e => e.Kind == EventKind.PlateRead).Select(e => e.Passage).Distinct().Count());
        Assert.All(events, e => Assert.Equal(e.Kind == EventKind.PlateHit, e.Body.Plate!.Crop is not null));
        Assert.NotNull(_outbox!.Reader.ReadPendingCrop(0));
    }

    // The front of a drawn car resembles a face to a detector that is asked for half the usual score.
    [FfmpegFact]
    public async Task Analyze_DrawnVehicles_NoPictureHasACoveredPlate()
    {
        var pipeline = Pipeline(crops: true);
        Play(road.Clip, VehicleScene.Frames, pipeline);
        await CommittedAsync();

        using var models = PlateModels.Load(Catalog);
        using var detector = models.CreateDetector();
        using var reader = models.CreateReader();
        var grammar = PlateGrammar.Load(Catalog.RegionsFolder, ["pk", "in", "eu"]);
        using var pool = new FramePool(1);
        var found = new PlateDetection[8];
        var shown = new HashSet<string>();
        for (var crop = _outbox!.Reader.ReadPendingCrop(0); crop is not null;)
        {
            File.WriteAllBytes(_temp.File("crop.jpg"), crop.Value.Jpeg);
            using var source = FrameSources.Open(_temp.File("crop.jpg"));
            using var frame = pool.Rent();
            Assert.True(source.TryRead(frame, CancellationToken.None));
            var reads = new PlateRead[detector.Detect(frame.Planes, found)];
            reader.Read(frame.Planes, found.AsSpan(0, reads.Length), grammar, reads);
            var id = crop.Value.Event;
            var told = _outbox.Reader.ReadNewest(1000, pendingOnly: false).Single(e => e.Event.Id == id).Event.Body.Plate!;
            Assert.Contains(told.Text, reads.Select(r => r.Text));
            shown.Add(told.Text);
            crop = _outbox.Reader.ReadPendingCrop(crop.Value.Seq);
        }
        Assert.Equal(VehicleScene.Presences.Count, shown.Count);
    }

    /// <summary>A parked vehicle is looked at now and then, at most once a second; between these looks not a byte is
    /// allocated from decode to track.</summary>
    [FfmpegFact]
    public void Analyze_ParkedVehicle_IsLookedAtNowAndThenAndAllocatesNothingBetween()
    {
        var pipeline = Pipeline(crops: false);
        using var source = FrameSources.Open(road.Parked);
        using var pool = new FramePool(FramePool.PerCamera);
        Read(source, pool, 150, pipeline);
        // The plate, and perhaps a lamp that looks like one.
        Assert.InRange(_telemetry.Tracks, 1, 3);
        var shots = _telemetry.PlateShots;
        Assert.InRange(shots, 1, (PlateVote.LooksAtOnce + 10) * _telemetry.Tracks);

        var (allocating, looked) = (0, shots);
        for (var i = 0; i < 100; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Read(source, pool, 1, pipeline);
            if (_telemetry.PlateShots == looked && GC.GetAllocatedBytesForCurrentThread() > before) allocating++;
            looked = _telemetry.PlateShots;
        }
        // What the code allocates comes with every frame; what the runtime does by itself with one (see Allocation.Of).
        Assert.InRange(allocating, 0, 2);
        // 100 frames are 6.7 s.
        Assert.InRange(looked - shots, 3, 8 * _telemetry.Tracks);
        Assert.Equal(0, pool.Outstanding);
    }

    /// <summary>What analyze shows is what a node does: reading every box as well changes neither the tracks nor what they
    /// read as a whole.</summary>
    [FfmpegFact]
    public void Look_EveryShot_FollowsAndReadsAsANodeDoes()
    {
        var (node, every) = (Watched(LaneEffort.Node), Watched(LaneEffort.EveryShot));

        Assert.Equal(node.Stays, every.Stays);
        Assert.Equal(VehicleScene.Presences.Take(2).Select(p => p.Name), every.Stays.Select(s => s.Text));
        Assert.InRange(every.Reads, node.Reads + 1, int.MaxValue);
        Assert.Equal(every.Boxes, every.Reads);
    }

    private Watcher Watched(LaneEffort effort)
    {
        const int Frames = 240; // two vehicles
        using var models = PlateModels.Load(Catalog);
        var watcher = new Watcher();
        using var lane = new PlateLane(
            new CameraConfig { Name = "c1", Url = "", SmallestPlatePixels = 60 }, models, null,
            PlateGrammar.Load(Catalog.RegionsFolder, ["pk", "in", "eu"]), PlateLists.None, null, null, _telemetry, watcher);
        using var source = FrameSources.Open(road.Clip);
        using var pool = new FramePool(FramePool.PerCamera);
        for (var i = 0; i < Frames; i++)
        {
            using var frame = pool.Rent();
            Assert.True(source.TryRead(frame, CancellationToken.None));
            if (i % 2 == 0) lane.Look(frame, effort);
        }
        lane.Cut("end", DateTimeOffset.UtcNow);
        return watcher;
    }

    private sealed class Watcher : IPlateObserver
    {
        public List<(string Text, double Confidence, TimeSpan From, TimeSpan To, long BestFrame)> Stays { get; } = [];
        public int Boxes { get; private set; }
        public int Reads { get; private set; }

        public void Found(Frame frame, ReadOnlySpan<PlateDetection> found, ReadOnlySpan<long> tracks) => Boxes += found.Length;

        public void Read(Frame frame, int index, PlateRead read) => Reads++;

        public void Ended(long track, in PlateStay stay, bool isReplaced)
        {
            // How many plates share a call of the model shows in the last digits.
            var confidence = Math.Round(stay.Read.Confidence, 2);
            if (confidence > 0.5) Stays.Add((stay.Read.Text, confidence, stay.From, stay.To, stay.BestFrame));
        }
    }

    private CameraPipeline Pipeline(bool crops, params string[] listed)
    {
        var camera = new CameraConfig
        {
            Name = "c1",
            Url = "",
            Faces = false,
            Plates = true,
            PlateCrops = crops,
            Regions = ["pk", "in", "eu"],
        };
        File.WriteAllLines(_temp.File("list.csv"), listed);
        var config = new NodeConfig
        {
            Node = "node-1",
            StateFolder = _temp.Path,
            Cameras = [camera],
            Lists = listed.Length == 0 ? [] : [new PlateListConfig { Name = "stolen", File = _temp.File("list.csv") }],
        };
        _outbox = OutboxStore.Open(_temp.Path, "node-1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);
        _sink = new EventSink(_outbox, NullLogger.Instance);
        var faces = Owned(FaceWatch.Load(config, Catalog, CancellationToken.None));
        var plates = Owned(PlateWatch.Load(config, Catalog));
        return Owned(CameraPipeline.Create(camera, _slot, faces, plates, _sink, _telemetry, _slots));
    }

    private T Owned<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    private static void Play(string clip, int frames, CameraPipeline pipeline)
    {
        using var source = FrameSources.Open(clip);
        using var pool = new FramePool(FramePool.PerCamera);
        Read(source, pool, frames, pipeline);
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
        _sink!.Complete();
        await _sink.Ended;
        return [.. _outbox!.Reader.ReadNewest(1000, pendingOnly: false).Select(e => e.Event).OrderBy(e => e.Seq)];
    }

    /// <summary>The drawn road as a file, and its first vehicle standing still.</summary>
    public sealed class Road : IAsyncLifetime
    {
        private const string Font = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf";
        private readonly TempFolder _folder = new();

        internal string Clip => _folder.File("road.mp4");
        internal string Parked => _folder.File("parked.mp4");

        public async Task InitializeAsync()
        {
            string[] encoding = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-bf", "0"];
            await MediaTool.DrawAsync(
                VehicleScene.FilterGraph(Font), ["-frames:v", $"{VehicleScene.Frames}", .. encoding], Clip, null,
                CancellationToken.None);
            await MediaTool.MakeAsync(
                [Clip], ["-vf", "loop=loop=-1:size=1", "-frames:v", "260", .. encoding], Parked, null, CancellationToken.None,
                TimeSpan.FromSeconds(4));
        }

        public Task DisposeAsync()
        {
            _folder.Dispose();
            return Task.CompletedTask;
        }
    }
}
