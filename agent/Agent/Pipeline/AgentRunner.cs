using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Picket.Agent.Config;
using Picket.Agent.Faces;
using Picket.Agent.Ingest;
using Picket.Agent.Outbox;
using Picket.Agent.Plates;
using Picket.Agent.Telemetry;

namespace Picket.Agent.Pipeline;

/// <summary>
/// A running node: models and lists first, then outbox, line and cameras, each of which may fail without the others.
/// </summary>
internal sealed partial class AgentRunner(NodeConfig config, TimeProvider time, ILoggerFactory logs)
{
    /// <summary>At shutdown, events already decided are still sent; systemd waits 90 s by default.</summary>
    private static readonly TimeSpan DrainFor = TimeSpan.FromSeconds(5);
    private readonly ILogger _log = logs.CreateLogger("picket");
    private readonly NodeWarnings _warnings = new();

    /// <summary>
    /// Runs until <paramref name="cancel"/>. Throws a <see cref="PicketException"/> when a needed part is missing.
    /// </summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        // Cameras have their own threads. But lists are reread on pool threads, and a full disk blocks those that append; the line must
        // never wait for a thread.
        ThreadPool.SetMinThreads(Math.Max(8, Environment.ProcessorCount), 8);
        var catalog = NeededParts.Check(config);
        using var faces = FaceWatch.Load(config, catalog, cancel);
        using var plates = PlateWatch.Load(config, catalog, time);
        await using var outbox = OutboxStore.Open(
            config.StateFolder, config.Node, config.Outbox, time, logs.CreateLogger("picket.outbox"));
        await CutPassages.EndAsync(outbox, time, _log, cancel);

        var sink = new EventSink(outbox, _log);
        using var slots = new SemaphoreSlim(Math.Max(1, Environment.ProcessorCount - 1));
        var cameras = config.Cameras.Select(c => Create(c, faces, plates, sink, slots)).ToArray();
        var lists = new ListWatch(config, faces.List, plates.Lists, _warnings, sink, time, _log);
        lists.Begin();
        await using var line = CenterLine.Start(config, outbox, time, logs.CreateLogger("picket.link"));
        var report = new NodeReport(config, cameras, outbox, line, sink, _warnings, time, _log);
        using var metrics = new NodeMetrics(report.Snapshot, time);
        await using var page = await TryServeAsync(metrics.Meter);
        using var export = config.Metrics.Otlp is { } receiver ? new MetricsExport(receiver, config.Node) : null;
        var people = faces.List.Now;
        LogRunning(
            _log, config.Node, cameras.Length, people.Gallery.People.Count,
            people.Gallery.Count == 0 ? "none" : people.Threshold.ToString("F3", CultureInfo.InvariantCulture),
            plates.Lists.Count);
        var watch = new WorkWatch(
            [.. cameras.Select(c => (c.Name, (Func<(long, long)>)c.Counters))], () => sink.HasRoom, ServiceNotice.OfEnvironment(),
            time, _log);
        await RunPartsAsync(cameras, outbox, line, sink, report, lists, watch, cancel);
    }

    /// <summary>
    /// Runs until <paramref name="cancel"/>, the end of all clips, or the failure of a part that the node can't do without (outbox, line's
    /// library): then all parts are stopped, decided events are committed and sent, and the failure is thrown.
    /// </summary>
    private async Task RunPartsAsync(
        Camera[] cameras, OutboxStore outbox, CenterLine line, EventSink sink, NodeReport report,
        ListWatch lists, WorkWatch watch, CancellationToken cancel)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var running = cameras.Select(c => c.RunAsync(ending.Token)).ToArray();
        var watching = AllOrFirstFailureAsync(running);
        var commits = sink.Ended;
        var reports = report.RunAsync(ending.Token);
        var mending = lists.RunAsync(ending.Token);
        var signs = watch.RunAsync(ending.Token);
        var first = await Task.WhenAny([watching, commits, reports, mending, signs, line.Failed]);

        await ending.CancelAsync();
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await reports.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await mending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await signs.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        sink.Complete();
        if (await Task.WhenAny(commits, Task.Delay(DrainFor, time)) != commits) outbox.GiveUpWaiting();
        await commits.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (sink.Lost is > 0 and var lost) LogLostAtEnd(_log, lost);
        await line.DrainAsync(DrainFor, time);
        report.TryWrite();
        await first;
        await commits;
    }

    /// <summary>A camera that can't recover by itself (out of memory) must not stay dark while the others run: the node ends, and systemd
    /// restarts it.</summary>
    internal static async Task AllOrFirstFailureAsync(Task[] cameras)
    {
        await foreach (var ended in Task.WhenEach(cameras)) await ended;
    }

    /// <summary>The metrics page, or null: failing to serve it must not stop a camera.</summary>
    private async Task<MetricsPage?> TryServeAsync(Meter meter)
    {
        if (config.Metrics.Port is not { } port) return null;
        try
        {
            return await MetricsPage.StartAsync(port, meter);
        }
        catch (PicketException e)
        {
            _warnings.Set("metrics", [e.Message]);
            LogNoPage(_log, e.Message);
            return null;
        }
    }

    private Camera Create(CameraConfig camera, FaceWatch faces, PlateWatch plates, EventSink sink, SemaphoreSlim slots) =>
        new(
            camera.Name,
            cancel => FrameSources.OpenCamera(camera, time, cancel),
            (latest, telemetry) => CameraPipeline.Create(camera, latest, faces, plates, sink, telemetry, slots),
            sink,
            time,
            logs.CreateLogger("picket.camera"));

    [LoggerMessage(1010, LogLevel.Information,
        "node {Node} runs: {Cameras} cameras, {People} people on the list, threshold {Threshold}; {Plates} plates listed")]
    private static partial void LogRunning(
        ILogger log, string node, int cameras, int people, string threshold, int plates);

    [LoggerMessage(1019, LogLevel.Error, "the metrics page is not served: {Reason}")]
    private static partial void LogNoPage(ILogger log, string reason);

    [LoggerMessage(1014, LogLevel.Error,
        "the outbox takes no events; {Count} events were not written and are lost at this shutdown")]
    private static partial void LogLostAtEnd(ILogger log, int count);
}
