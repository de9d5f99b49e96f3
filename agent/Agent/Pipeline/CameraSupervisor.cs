using Microsoft.Extensions.Logging;
using Picket.Agent.Config;
using Picket.Agent.Decide;
using Picket.Agent.Ingest;
using Picket.Agent.Telemetry;
using Picket.Wire;

namespace Picket.Agent.Pipeline;

/// <summary>Keeps one camera going: its ingest thread, its slot, its pipeline; tells the center when it goes down and comes back.</summary>
internal sealed partial class CameraSupervisor : IDisposable
{
    private readonly CameraConfig _camera;
    private readonly EventSink _sink;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly FramePool _pool = new(FramePool.PerCamera);
    private readonly LatestFrame _latest = new();
    private readonly CameraTelemetry _telemetry = new();
    private readonly IngestThread _ingest;
    private readonly CameraPipeline _pipeline;
    private long? _downSince;

    /// <param name="pipeline">Makes the camera's pipeline over its slot and counters; owned by the supervisor.</param>
    public CameraSupervisor(CameraConfig camera, Func<LatestFrame, CameraTelemetry, CameraPipeline> pipeline, EventSink sink, TimeProvider clock, ILogger log)
    {
        _camera = camera;
        _sink = sink;
        _clock = clock;
        _log = log;
        var options = new SourceOptions { Name = camera.Name, User = camera.User, Password = camera.Password, RealTime = true, Time = clock };
        _ingest = new IngestThread(
            cancel => FrameSources.Open(camera.Url, options, cancel), _pool, _latest, Changed, new IngestOptions { Name = camera.Name, Time = clock });
        _pipeline = pipeline(_latest, _telemetry);
    }

    /// <summary>Runs until <paramref name="stop"/> (or the end of a clip); then every open passage has been ended.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var ingest = _ingest.RunAsync(stop);
        try
        {
            await _pipeline.RunAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The node stops.
        }
        await ingest.ConfigureAwait(false);
        _pipeline.EndAll("stop", _clock.GetUtcNow());
    }

    public CameraSnapshot Snapshot() => new(
        _camera.Name, _ingest.IsUp, _ingest.Frames, _latest.Dropped, _telemetry.Analyzed, _telemetry.Tracks, _telemetry.Recognitions, _telemetry.Events, _ingest.Reconnects);

    public void Dispose()
    {
        _pipeline.Dispose();
        _latest.Dispose();
        _pool.Dispose();
    }

    /// <summary>On the ingest thread.</summary>
    private void Changed(IngestChange change)
    {
        if (change.Failure is { } failure)
        {
            if (_downSince is null) _pipeline.EndAll("camera", change.At);
            _downSince ??= _clock.GetTimestamp();
            LogDown(_log, failure.Message, change.RetryIn.TotalSeconds);
            Tell(EventKind.CameraDown, change.At, new CameraStateBody(failure.Message));
            return;
        }
        if (_downSince is not { } since)
        {
            LogUp(_log, _camera.Name);
            return;
        }
        var down = _clock.GetElapsedTime(since).TotalSeconds;
        _downSince = null;
        LogBack(_log, _camera.Name, down);
        Tell(EventKind.CameraUp, change.At, new CameraStateBody("frames arrive again", Math.Round(down, 1)));
    }

    private void Tell(EventKind kind, DateTimeOffset at, CameraStateBody body)
    {
        _telemetry.EventMade();
        _sink.Add(new EventDraft(kind, _camera.Name, at, new EventBody { CameraState = body }), null, null);
    }

    [LoggerMessage(1001, LogLevel.Warning, "{Reason}; next try in {Delay:F1} s")]
    private static partial void LogDown(ILogger log, string reason, double delay);

    [LoggerMessage(1002, LogLevel.Information, "camera {Camera}: frames arrive")]
    private static partial void LogUp(ILogger log, string camera);

    [LoggerMessage(1003, LogLevel.Information, "camera {Camera}: frames arrive again after {Down:F1} s")]
    private static partial void LogBack(ILogger log, string camera, double down);
}
