using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Faces;
using Picket.Agent.Infer;
using Picket.Agent.Ingest;
using Picket.Agent.Outbox;
using Picket.Agent.Pipeline;
using Picket.Agent.Plates;
using Picket.Agent.Telemetry;
using Picket.Wire;

namespace Picket.Tests.Support;

/// <summary>A clip's way from frame to event, every frame of it, as fast as it goes.</summary>
internal static class PlateRun
{
    /// <summary>The events of the clip, and the first picture of a plate, or null.</summary>
    /// <param name="change">Of each frame, before it is analyzed; null: none.</param>
    public static async Task<(List<EventEnvelope> Events, byte[]? Crop)> PlayAsync(
        string clip, CameraConfig camera, Action<Frame>? change = null)
    {
        using var folder = new TempFolder();
        var config = new NodeConfig { Node = "node-1", StateFolder = folder.Path, Cameras = [camera] };
        await using var outbox =
            OutboxStore.Open(folder.Path, "node-1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);
        var sink = new EventSink(outbox, NullLogger.Instance);
        var telemetry = new CameraTelemetry();
        var catalog = ModelCatalog.Open(Repository.Path("artifacts", "models"));
        using var faces = FaceWatch.Load(config, catalog, CancellationToken.None);
        using var plates = PlateWatch.Load(config, catalog);
        using var slot = new LatestFrame();
        using var slots = new SemaphoreSlim(1);
        using var pipeline = CameraPipeline.Create(camera, slot, faces, plates, sink, telemetry, slots);
        using var source = FrameSources.Open(clip);
        using var pool = new FramePool(FramePool.PerCamera);
        while (true)
        {
            using var frame = pool.Rent();
            if (!source.TryRead(frame, CancellationToken.None)) break;
            change?.Invoke(frame);
            pipeline.Analyze(frame);
        }
        pipeline.EndAll("stop", DateTimeOffset.UtcNow);
        sink.Complete();
        await sink.Ended;
        var events = outbox.Reader.ReadNewest(1000, pendingOnly: false).Select(e => e.Event).OrderBy(e => e.Seq);
        return ([.. events], outbox.Reader.ReadPendingCrop(0)?.Jpeg);
    }

    /// <summary>Every text that was told, in the order of the passages; a passage's own texts as they followed each
    /// other.</summary>
    public static async Task<string[][]> ToldAsync(string clip, Action<Frame>? change = null)
    {
        var camera = new CameraConfig { Name = "c1", Url = "", Faces = false, Plates = true, PlateCrops = false };
        var (events, _) = await PlayAsync(clip, camera, change);
        return
        [
            .. events.Where(e => e.Kind == EventKind.PlateRead).GroupBy(e => e.Passage)
                .OrderBy(g => g.Min(e => e.Seq)).Select(g => g.Select(e => e.Body.Plate!.Text).Distinct().ToArray()),
        ];
    }
}
