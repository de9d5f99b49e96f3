using Microsoft.Extensions.Logging;
using Picket.Agent.Ingest;
using Picket.Agent.Outbox;
using Picket.Agent.Telemetry;
using Picket.Wire;

namespace Picket.Agent.Pipeline;

/// <summary>
/// One camera, kept running by one loop: open the source, pass its frames to the analysis, and when either fails, end the passages, report
/// to the center, wait, start again. A camera's failures stay within it; the others never notice.
/// </summary>
/// <remarks>
/// It has two threads. The ingest thread runs this loop, reads and decodes; the analysis thread takes the newest frame. The analysis
/// outlives a failed source; if it fails itself, it is recreated. A frame is owned by the ingest thread while it is decoded into, then by
/// the slot, then by the analysis, which disposes it before taking the next, so a pool of <see cref="FramePool.PerCamera"/> always has one
/// free.
/// </remarks>
/// <param name="open">Opens the source; called on the ingest thread for each attempt. May block until canceled.</param>
/// <param name="pipeline">Creates a pipeline over the camera's slot and counters.</param>
internal sealed partial class Camera(
    string name,
    Func<CancellationToken, IFrameSource> open,
    Func<LatestFrame, CameraTelemetry, CameraPipeline> pipeline,
    EventSink sink,
    TimeProvider time,
    ILogger log)
{
    /// <summary>Decoding needs little stack; 1 MiB is twice what was tested with 8 cameras.</summary>
    private const int IngestStackBytes = 1 << 20;

    /// <summary>A camera that only dropped the connection is back immediately.</summary>
    private static readonly TimeSpan FirstSourceDelay = TimeSpan.FromSeconds(0.5);

    /// <summary>The cap of the growing waits, and the wait after a 401, so that no camera locks the account.</summary>
    private static readonly TimeSpan LongestSourceDelay = TimeSpan.FromSeconds(30);

    /// <summary>A source that delivered frames for this long has recovered: its waits start over.</summary>
    private static readonly TimeSpan SteadyAfter = TimeSpan.FromSeconds(10);

    /// <summary>A failed analysis means a bug or broken hardware: it won't improve immediately.</summary>
    private static readonly TimeSpan FirstAnalysisDelay = TimeSpan.FromSeconds(2);

    /// <summary>Once a minute is enough to retry a failing analysis, and to log it. After one that ran for longer, the waits start
    /// over.</summary>
    private static readonly TimeSpan LongestAnalysisDelay = TimeSpan.FromMinutes(1);

    private readonly Backoff _sourceDelays = new(FirstSourceDelay, LongestSourceDelay, Random.Shared);
    private readonly Backoff _analysisDelays = new(FirstAnalysisDelay, LongestAnalysisDelay, Random.Shared);
    private readonly LatestFrame _latest = new();
    private readonly CameraTelemetry _telemetry = new();
    private volatile bool _isUp;
    private long _frames;
    private long _corrupt;
    private long _badPackets;
    private long _timesUp;
    private long _upSince;
    private long _analysisSince;
    private long? _downSince;
    private string? _downFor;

    public string Name => name;

    /// <summary>What <see cref="WorkWatch"/> checks.</summary>
    public (long Frames, long Looks) Counters() => (Interlocked.Read(ref _frames), _telemetry.Looks);

    public CameraSnapshot Snapshot() => new(
        name,
        _isUp,
        Interlocked.Read(ref _frames),
        _latest.Dropped,
        _telemetry.Analyzed,
        _telemetry.Tracks,
        _telemetry.Recognitions,
        _telemetry.Events,
        Math.Max(0, Interlocked.Read(ref _timesUp) - 1),
        _telemetry.PlateShots,
        _telemetry.CropsLost,
        Interlocked.Read(ref _badPackets),
        Interlocked.Read(ref _corrupt));

    /// <summary>Starts the camera. May be called once.</summary>
    /// <returns>Completes when the camera's threads end: after <paramref name="cancel"/> or the end of a clip, with every open passage
    /// ended.</returns>
    public Task RunAsync(CancellationToken cancel)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                Run(cancel);
                ended.SetResult();
            }
            catch (Exception e) // an exception that escaped the thread would end the process silently
            {
                ended.SetException(e);
            }
        }, IngestStackBytes)
        { Name = $"ingest {name}", IsBackground = true };
        thread.Start();
        return ended.Task;
    }

    private void Run(CancellationToken cancel)
    {
        using var pool = new FramePool(FramePool.PerCamera);
        CameraAnalysis? analysis = null;
        try
        {
            while (!cancel.IsCancellationRequested)
            {
                TimeSpan delay;
                try
                {
                    analysis ??= Begin(cancel);
                    if (Pump(pool, analysis.Ended) is not { } failure)
                    {
                        _latest.End();
                        analysis.Join();
                        return;
                    }
                    delay = SourceFailed(failure, analysis);
                }
                catch (Exception e) when (e is not OutOfMemoryException) // the boundary that contains a camera's failure
                {
                    End(ref analysis, cancel);
                    delay = AnalysisFailed(e);
                }
                Wait(delay, analysis?.Ended ?? cancel);
            }
        }
        finally
        {
            End(ref analysis, cancel);
        }
    }

    private CameraAnalysis Begin(CancellationToken cancel)
    {
        _analysisSince = time.GetTimestamp();
        return new CameraAnalysis(name, pipeline(_latest, _telemetry), cancel);
    }

    private void End(ref CameraAnalysis? analysis, CancellationToken cancel)
    {
        if (analysis is not { } ending) return;
        analysis = null;
        _isUp = false;
        ending.Stop();
        _latest.Discard();
        try
        {
            using (ending) ending.Pipeline.EndAll(cancel.IsCancellationRequested ? "stop" : "camera", time.GetUtcNow());
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The camera continues regardless; what was left open is ended at the node's next start.
            LogNotEnded(log, name, e);
        }
    }

    /// <summary>Opens the source and passes its frames on until it ends.</summary>
    /// <returns>Why the source failed; null at the end of a clip and after <paramref name="cancel"/>.</returns>
    private SourceException? Pump(FramePool pool, CancellationToken cancel)
    {
        try
        {
            cancel.ThrowIfCancellationRequested();
            using var source = open(cancel);
            ReadToEnd(source, pool, cancel);
            return null;
        }
        catch (SourceException e)
        {
            return e;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return null; // asked to stop: not a failure
        }
    }

    private void ReadToEnd(IFrameSource source, FramePool pool, CancellationToken cancel)
    {
        var badBefore = _badPackets;
        var frame = pool.Rent();
        try
        {
            while (source.TryRead(frame, cancel))
            {
                Interlocked.Exchange(ref _badPackets, badBefore + source.BadPackets);
                Interlocked.Increment(ref _frames);
                if (frame.Corrupt) Interlocked.Increment(ref _corrupt);
                if (!_isUp) ComeUp();

                var decoded = frame;
                frame = null;
                _latest.Publish(decoded); // returns the frame it replaces, so one is free
                frame = pool.Rent();
            }
        }
        finally
        {
            Interlocked.Exchange(ref _badPackets, badBefore + source.BadPackets);
            frame?.Dispose();
        }
    }

    private void ComeUp()
    {
        _isUp = true;
        _upSince = time.GetTimestamp();
        _downFor = null;
        Interlocked.Increment(ref _timesUp);
        double? down = _downSince is { } since ? Math.Round(time.GetElapsedTime(since).TotalSeconds, 1) : null;
        _downSince = null;
        if (down is { } seconds) LogBack(log, name, seconds);
        else LogUp(log, name);
        // Reported the first time as well: the center may still hold a camera.down from the last run.
        Tell(EventKind.CameraUp, time.GetUtcNow(), new CameraStateBody("frames arrive", down));
    }

    private TimeSpan SourceFailed(SourceException failure, CameraAnalysis analysis)
    {
        var at = time.GetUtcNow();
        if (_isUp)
        {
            _isUp = false;
            if (time.GetElapsedTime(_upSince) >= SteadyAfter) _sourceDelays.Reset();
            // The frame in the slot shows the old scene: analyzed after the end, it would start the passages again.
            _latest.Discard();
            analysis.Pipeline.EndAll("camera", at);
        }
        // A wrong password will still be wrong in a second, and some cameras lock out those who try often.
        var delay = failure.Kind == SourceErrorKind.Unauthorized ? LongestSourceDelay : _sourceDelays.Next();
        if (failure.Message == _downFor) return delay;
        _downFor = failure.Message;
        LogDown(log, failure.Message, delay.TotalSeconds);
        GoDown(at, failure.Message);
        return delay;
    }

    private TimeSpan AnalysisFailed(Exception failure)
    {
        if (time.GetElapsedTime(_analysisSince) > LongestAnalysisDelay) _analysisDelays.Reset();
        _sourceDelays.Reset();
        _downFor = null;
        var delay = _analysisDelays.Next();
        var reason = $"camera {name}: its analysis failed ({failure.GetType().Name}: {failure.Message})";
        LogFailed(log, reason, delay.TotalSeconds, failure);
        GoDown(time.GetUtcNow(), reason);
        return delay;
    }

    private void GoDown(DateTimeOffset at, string reason)
    {
        _downSince ??= time.GetTimestamp();
        Tell(EventKind.CameraDown, at, new CameraStateBody(reason));
    }

    private void Tell(EventKind kind, DateTimeOffset at, CameraStateBody body)
    {
        _telemetry.EventMade();
        sink.Add(new EventDraft { Kind = kind, Camera = name, At = at, Body = new EventBody { CameraState = body } });
    }

    private void Wait(TimeSpan delay, CancellationToken cancel)
    {
        using var due = new CancellationTokenSource(delay, time);
        WaitHandle.WaitAny([due.Token.WaitHandle, cancel.WaitHandle]);
    }

    [LoggerMessage(1001, LogLevel.Warning, "{Reason}; next try in {Delay:F1} s")]
    private static partial void LogDown(ILogger log, string reason, double delay);

    [LoggerMessage(1002, LogLevel.Information, "camera {Camera}: frames arrive")]
    private static partial void LogUp(ILogger log, string camera);

    [LoggerMessage(1003, LogLevel.Information, "camera {Camera}: frames arrive again after {Down:F1} s")]
    private static partial void LogBack(ILogger log, string camera, double down);

    [LoggerMessage(1005, LogLevel.Error, "camera {Camera}: its open passages could not be ended; this is a bug, please report it")]
    private static partial void LogNotEnded(ILogger log, string camera, Exception e);

    [LoggerMessage(1004, LogLevel.Error, "{Reason}; restarting in {Delay:F0} s; the other cameras keep running")]
    private static partial void LogFailed(ILogger log, string reason, double delay, Exception failure);
}
