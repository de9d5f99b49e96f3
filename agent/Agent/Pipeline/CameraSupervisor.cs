using Microsoft.Extensions.Logging;
using Picket.Agent.Config;
using Picket.Agent.Ingest;
using Picket.Agent.Outbox;
using Picket.Agent.Telemetry;
using Picket.Wire;

namespace Picket.Agent.Pipeline;

/// <summary>
/// Keeps one camera going and tells the center when it goes down and comes back. What fails in it stays in it: the run
/// is ended, reported, and begun anew with growing delays; the other cameras never notice.
/// </summary>
/// <param name="pipeline">Makes a pipeline over a slot and the camera's counters.</param>
internal sealed partial class CameraSupervisor(
    CameraConfig camera,
    Func<LatestFrame, CameraTelemetry, CameraPipeline> pipeline,
    EventSink sink,
    TimeProvider clock,
    ILogger log)
{
    /// <summary>
    /// A failure that repeats is a bug or broken hardware: once a minute is enough to try, and to log.
    /// </summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);

    private readonly CameraTelemetry _telemetry = new();
    private CameraRun? _run;
    private long _framesBefore;
    private long _droppedBefore;
    private long _reconnectsBefore;
    private long _badPacketsBefore;
    private long _corruptBefore;
    private long? _downSince;
    private bool _told;

    /// <summary>
    /// Runs until <paramref name="stop"/> (or the end of a clip); then every open passage has been ended.
    /// </summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var backoff = new Backoff(FirstPause, LongestPause, Random.Shared);
        while (true)
        {
            var started = clock.GetTimestamp();
            if (await RunOnceAsync(stop) is not { } failure) return;
            if (clock.GetElapsedTime(started) > LongestPause) backoff.Reset();
            var pause = backoff.Next();
            Failed(failure, pause);
            await Task.Delay(pause, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested) return;
        }
    }

    public string Name => camera.Name;

    /// <summary>What <see cref="WorkWatch"/> looks at.</summary>
    public (long Frames, long Looks) Counters()
    {
        var run = Volatile.Read(ref _run);
        return (Volatile.Read(ref _framesBefore) + (run?.Ingest.Frames ?? 0), _telemetry.Looks);
    }

    public CameraSnapshot Snapshot()
    {
        var run = Volatile.Read(ref _run);
        return new CameraSnapshot(
            camera.Name,
            run is { Ingest.IsUp: true },
            Volatile.Read(ref _framesBefore) + (run?.Ingest.Frames ?? 0),
            Volatile.Read(ref _droppedBefore) + (run?.Latest.Dropped ?? 0),
            _telemetry.Analyzed,
            _telemetry.Tracks,
            _telemetry.Recognitions,
            _telemetry.Events,
            Volatile.Read(ref _reconnectsBefore) + (run?.Ingest.Reconnects ?? 0),
            _telemetry.PlateShots,
            _telemetry.CropsLost,
            Volatile.Read(ref _badPacketsBefore) + (run?.Ingest.BadPackets ?? 0),
            Volatile.Read(ref _corruptBefore) + (run?.Ingest.CorruptFrames ?? 0));
    }

    /// <summary>Null when the run ended as it should, else why it failed.</summary>
    private async Task<Exception?> RunOnceAsync(CancellationToken stop)
    {
        CameraRun? run = null;
        try
        {
            run = new CameraRun(
                (pool, slot) => new IngestThread(
                    cancel => FrameSources.Open(camera.Url, Options(), cancel),
                    pool,
                    slot,
                    Changed,
                    new IngestOptions { Name = camera.Name, Time = clock }),
                slot => pipeline(slot, _telemetry));
            Volatile.Write(ref _run, run);
            await run.RunAsync(stop);
            return null;
        }
        catch (Exception e) when (e is not OutOfMemoryException) // the boundary that keeps one camera's fall to itself
        {
            return e;
        }
        finally
        {
            if (run is not null) End(run, stop.IsCancellationRequested ? "stop" : "camera");
        }
    }

    /// <summary>On the ingest thread, for each connection anew: a password may come late or change.</summary>
    /// <exception cref="SourceException">There is none where one should be; tried again as any other fault of this
    /// camera.</exception>
    private SourceOptions Options()
    {
        try
        {
            return new SourceOptions
            {
                Name = camera.Name,
                User = camera.User,
                Password = camera.Password?.Read(),
                RealTime = true,
                Time = clock,
            };
        }
        catch (PicketException e)
        {
            throw new SourceException(SourceErrorKind.NotFound, $"camera {camera.Name}: {e.Message}");
        }
    }

    private void End(CameraRun run, string reason)
    {
        run.Pipeline.EndAll(reason, clock.GetUtcNow());
        Volatile.Write(ref _run, null);
        Interlocked.Add(ref _framesBefore, run.Ingest.Frames);
        Interlocked.Add(ref _droppedBefore, run.Latest.Dropped);
        Interlocked.Add(ref _reconnectsBefore, run.Ingest.Reconnects);
        Interlocked.Add(ref _badPacketsBefore, run.Ingest.BadPackets);
        Interlocked.Add(ref _corruptBefore, run.Ingest.CorruptFrames);
        run.Dispose();
    }

    /// <summary>On the ingest thread.</summary>
    private void Changed(IngestChange change)
    {
        if (change.Failure is { } failure)
        {
            if (_downSince is null && Volatile.Read(ref _run) is { } run)
            {
                // What waits in the slot is the old scene: analyzed after the end, it would begin the passages anew.
                run.Latest.Discard();
                run.Pipeline.EndAll("camera", change.At);
            }
            LogDown(log, failure.Message, change.RetryIn.TotalSeconds);
            Down(change.At, failure.Message);
            return;
        }
        double? down = _downSince is { } since ? Math.Round(clock.GetElapsedTime(since).TotalSeconds, 1) : null;
        _downSince = null;
        if (down is { } seconds) LogBack(log, camera.Name, seconds);
        else LogUp(log, camera.Name);
        // Told at the first time as well: the center may still hold a camera.down of the last run.
        if (!_told || down is not null) Tell(EventKind.CameraUp, change.At, new CameraStateBody("frames arrive", down));
        _told = true;
    }

    private void Failed(Exception failure, TimeSpan pause)
    {
        var reason = $"camera {camera.Name}: its analysis failed ({failure.GetType().Name}: {failure.Message})";
        LogFailed(log, reason, pause.TotalSeconds, failure);
        Down(clock.GetUtcNow(), reason);
    }

    private void Down(DateTimeOffset at, string reason)
    {
        _downSince ??= clock.GetTimestamp();
        Tell(EventKind.CameraDown, at, new CameraStateBody(reason));
    }

    private void Tell(EventKind kind, DateTimeOffset at, CameraStateBody body)
    {
        _telemetry.EventMade();
        var draft = new EventDraft { Kind = kind, Camera = camera.Name, At = at, Body = new EventBody { CameraState = body } };
        sink.Add(draft, null, null);
    }

    [LoggerMessage(1001, LogLevel.Warning, "{Reason}; next try in {Delay:F1} s")]
    private static partial void LogDown(ILogger log, string reason, double delay);

    [LoggerMessage(1002, LogLevel.Information, "camera {Camera}: frames arrive")]
    private static partial void LogUp(ILogger log, string camera);

    [LoggerMessage(1003, LogLevel.Information, "camera {Camera}: frames arrive again after {Down:F1} s")]
    private static partial void LogBack(ILogger log, string camera, double down);

    [LoggerMessage(1004, LogLevel.Error, "{Reason}; it begins anew in {Delay:F0} s, the other cameras go on")]
    private static partial void LogFailed(ILogger log, string reason, double delay, Exception failure);
}
