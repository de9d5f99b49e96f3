using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Picket.Agent.Config;
using Picket.Agent.Outbox;
using Picket.Agent.Telemetry;
using Picket.Wire;

namespace Picket.Agent.Pipeline;

/// <summary>The node's state: every second to its telemetry file, every minute to the center, and to whoever collects its
/// metrics.</summary>
internal sealed partial class NodeReport(
    NodeConfig config,
    Camera[] cameras,
    OutboxStore outbox,
    CenterLine line,
    EventSink sink,
    NodeWarnings warnings,
    TimeProvider time,
    ILogger log)
{
    private static readonly TimeSpan SnapshotEvery = TimeSpan.FromSeconds(1);

    /// <summary>1,440 messages of about 1 kB a day: half a percent of a 32 kbit/s line.</summary>
    private static readonly TimeSpan HealthEvery = TimeSpan.FromMinutes(1);

    private readonly TelemetryFile _file = new(config.StateFolder);
    private readonly FaultPace _noFile = new(time);
    private readonly FaultPace _noCounts = new(time);

    public async Task RunAsync(CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        var health = started;
        using var timer = new PeriodicTimer(SnapshotEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel))
            {
                if (TryWrite() is not { } now) continue;
                // Health may be dropped, and is while the disk is full: memory is reserved for alerts.
                if (time.GetElapsedTime(health) < HealthEvery || !sink.HasRoom) continue;
                health = time.GetTimestamp();
                sink.Add(Health(now, time.GetElapsedTime(started)));
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The last snapshot is written once everything is drained.
        }
    }

    /// <summary>Writes the telemetry file; returns the snapshot, or null when the outbox can't be queried right now: nothing depends on a
    /// single second's.</summary>
    public NodeSnapshot? TryWrite()
    {
        NodeSnapshot snapshot;
        try
        {
            snapshot = Snapshot();
        }
        catch (SqliteException e)
        {
            if (_noCounts.IsDue(e.Message)) LogNoSnapshot(log, e.Message);
            return null;
        }
        try
        {
            _file.Write(snapshot);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_noFile.IsDue(e.Message)) LogNoSnapshot(log, e.Message);
        }
        return snapshot;
    }

    /// <exception cref="SqliteException">The outbox can't be queried right now.</exception>
    public NodeSnapshot Snapshot()
    {
        var link = line.Telemetry;
        double? Milliseconds(TimeSpan latency) =>
            link.Latency.Count > 0 ? Math.Round(latency.TotalMilliseconds, 1) : null;
        var (events, crops) = outbox.Reader.Deleted();
        return new NodeSnapshot(
            time.GetUtcNow(),
            [.. cameras.Select(c => c.Snapshot())],
            link.Endpoint is not null,
            outbox.Reader.PendingCount(),
            link.Acked,
            Milliseconds(link.Latency.P50),
            Milliseconds(link.Latency.P95),
            Milliseconds(link.Latency.P99),
            Milliseconds(link.Latency.Max),
            new NodeLosses(
                sink.EventsLeftOut, sink.CropsLeftOut, events, crops, (long)outbox.DegradedFor.TotalSeconds),
            outbox.IsDegraded,
            WithTheCenters(warnings.Current, link.SetAside));
    }

    /// <summary>What the center does not accept comes first: nobody else sees it.</summary>
    private string[] WithTheCenters(IEnumerable<string> all, long setAside)
    {
        var first = new List<string>();
        if (outbox.Reader.DeadLetters() is var dead and > 0)
            first.Add($"outbox: the center refused {dead} events for good; they are kept, see picket outbox list");
        if (setAside > 0) first.Add($"outbox: the center has not acknowledged {setAside} events; they are retried");
        return [.. first.Concat(all).Take(NodeHealthBody.MaxWarnings)];
    }

    internal static EventDraft Health(NodeSnapshot now, TimeSpan up) => new()
    {
        Kind = EventKind.NodeHealth,
        At = now.At,
        Body = new EventBody
        {
            Health = new NodeHealthBody(
                Math.Round(up.TotalSeconds),
                now.Pending,
                [.. now.Cameras.Select(c => Health(c, up))],
                now.Losses == new NodeLosses(0, 0, 0, 0, 0) ? null : now.Losses,
                now.DiskFails,
                now.Warnings is { Count: > 0 } warnings ? [.. warnings] : null),
        },
    };

    private static CameraHealth Health(CameraSnapshot camera, TimeSpan up) => new(
        camera.Camera,
        camera.Up,
        camera.Frames,
        camera.Dropped,
        camera.Analyzed,
        Math.Round(camera.Frames / up.TotalSeconds, 1),
        camera.BadPackets,
        camera.CorruptFrames,
        camera.CropsLost);

    [LoggerMessage(1013, LogLevel.Warning, "no telemetry file: {Reason}")]
    private static partial void LogNoSnapshot(ILogger log, string reason);
}
