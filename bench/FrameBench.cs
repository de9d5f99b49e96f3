using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Faces;
using Picket.Agent.Infer;
using Picket.Agent.Ingest;
using Picket.Agent.Outbox;
using Picket.Agent.Pipeline;
using Picket.Agent.Telemetry;
using Spectre.Console;

namespace Picket.Bench;

/// <summary>
/// A frame's whole way in a steady scene, from decode to track: bytes allocated (budget 0) and where the time goes.
/// </summary>
internal static class FrameBench
{
    private const int WarmUp = 500;
    private const int Frames = 500;

    /// <param name="clip">With one face that stays in view.</param>
    /// <returns>0 when nothing was allocated, else 1.</returns>
    public static async Task<int> RunAsync(string clip, string models)
    {
        var folder = Directory.CreateTempSubdirectory("picket-bench-");
        try
        {
            return await MeasureAsync(clip, models, folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<int> MeasureAsync(string clip, string models, string folder)
    {
        using var faces = FaceModels.Load(ModelCatalog.Open(models));
        await using var outbox = OutboxStore.Open(
            folder, "bench", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);
        using var slot = new LatestFrame();
        using var slots = new SemaphoreSlim(1);
        var telemetry = new CameraTelemetry();
        var camera = new CameraConfig { Name = "bench", Url = clip };
        var list = FaceListSource.Load(null, faces, CancellationToken.None);
        var sink = new EventSink(outbox, NullLogger.Instance);
        var lane = new FaceLane(camera, faces, list, new CameraEvents(sink, telemetry), telemetry);
        using var pipeline = new CameraPipeline(camera, slot, [lane], sink, telemetry, slots);
        using var pool = new FramePool(FramePool.PerCamera);
        using var source = FrameSources.Open(clip);
        Read(source, pool, pipeline, WarmUp);

        var (bytes, analyzed) = (GC.GetAllocatedBytesForCurrentThread(), telemetry.Analyzed);
        var (decode, analyze) = Read(source, pool, pipeline, Frames);
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        analyzed = telemetry.Analyzed - analyzed;

        var table = new Table()
            .Title($"a frame's way, steady scene, {Frames} frames of {Path.GetFileName(clip)}")
            .AddColumn("what")
            .AddColumn(new TableColumn("figure").RightAligned());
        table.AddRow("bytes allocated a frame (budget 0)", $"{bytes / (double)Frames:F1}");
        table.AddRow("decode, ms a frame", $"{decode.TotalMilliseconds / Frames:F3}");
        table.AddRow("detect and track, ms a frame", $"{analyze.TotalMilliseconds / Frames:F3}");
        table.AddRow("frames that the detector ran on", $"{analyzed}");
        table.AddRow("shots recognized since the start", $"{telemetry.Recognitions}");
        AnsiConsole.Write(table);
        return Bound.AtMost("frame: bytes allocated from decode to track", bytes, 0);
    }

    private static (TimeSpan Decode, TimeSpan Analyze) Read(
        IFrameSource source, FramePool pool, CameraPipeline pipeline, int frames)
    {
        long decode = 0, analyze = 0;
        for (var i = 0; i < frames; i++)
        {
            using var frame = pool.Rent();
            var begun = Stopwatch.GetTimestamp();
            if (!source.TryRead(frame, CancellationToken.None))
                throw new InvalidOperationException($"the clip has fewer than {WarmUp + Frames} frames");
            var decoded = Stopwatch.GetTimestamp();
            pipeline.Analyze(frame);
            decode += decoded - begun;
            analyze += Stopwatch.GetTimestamp() - decoded;
        }
        return (Stopwatch.GetElapsedTime(0, decode), Stopwatch.GetElapsedTime(0, analyze));
    }
}
