using System.Diagnostics.Metrics;
using Picket.Wire;

namespace Picket.Agent.Telemetry;

/// <summary>
/// The node's counters as metrics <c>picket.*</c>, for whoever listens (dotnet-counters, an OpenTelemetry exporter).
/// One class holds all names.
/// </summary>
internal sealed class NodeMetrics : IDisposable
{
    public const string MeterName = "Picket.Node";

    /// <summary>A listener reads some twenty counters one by one, and each snapshot queries the outbox.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly Meter _meter = new(MeterName);
    private readonly Lock _gate = new();
    private (NodeSnapshot Snapshot, long At)? _last;

    /// <param name="snapshot">Returns the current counters; called only for listeners, at most once a second.</param>
    public NodeMetrics(Func<NodeSnapshot> snapshot, TimeProvider time)
    {
        NodeSnapshot Now()
        {
            lock (_gate)
            {
                if (_last is not { } last || time.GetElapsedTime(last.At) > Fresh) _last = (snapshot(), time.GetTimestamp());
                return _last!.Value.Snapshot;
            }
        }
        Measurement<long> Of(CameraSnapshot camera, long value) =>
            new(value, new KeyValuePair<string, object?>("camera", camera.Camera));
        void PerCamera(string name, string unit, string description, Func<CameraSnapshot, long> read) =>
            _meter.CreateObservableCounter(
                name, () => Now().Cameras.Select(c => Of(c, read(c))), unit, description);
        PerCamera("picket.ingest.frames", "{frame}", "Frames decoded", c => c.Frames);
        PerCamera(
            "picket.ingest.dropped",
            "{frame}",
            "Frames replaced by a newer one before they were analyzed",
            c => c.Dropped);
        PerCamera("picket.ingest.bad_packets", "{packet}", "Packets that the decoder refused", c => c.BadPackets);
        PerCamera("picket.ingest.corrupt", "{frame}", "Frames decoded with concealed damage", c => c.CorruptFrames);
        PerCamera("picket.ingest.reconnects", "{connection}", "Times the camera came up again", c => c.Reconnects);
        PerCamera("picket.pipeline.frames", "{frame}", "Frames that the detector ran on", c => c.Analyzed);
        PerCamera("picket.track.objects", "{object}", "Objects confirmed", c => c.Tracks);
        PerCamera("picket.faces.shots", "{shot}", "Shots recognized", c => c.Recognitions);
        PerCamera("picket.plates.shots", "{shot}", "Looks at plates that were read", c => c.PlateShots);
        PerCamera("picket.outbox.crops_failed", "{crop}", "Pictures that could not be made", c => c.CropsLost);
        PerCamera("picket.outbox.events", "{event}", "Events made", c => c.Events);
        _meter.CreateObservableGauge(
            "picket.outbox.pending", () => Now().Pending, "{event}", "Events not acknowledged by the center");
        void Loss(string name, string unit, string description, Func<NodeLosses, long> read) =>
            _meter.CreateObservableCounter(name, () => read(Now().Losses!), unit, description);
        Loss("picket.outbox.events_left_out", "{event}", "Lesser events not written because the disk took none",
            l => l.EventsLeftOut);
        Loss("picket.outbox.crops_left_out", "{crop}", "Pictures not written because the disk took none", l => l.CropsLeftOut);
        Loss("picket.outbox.events_deleted", "{event}", "Events deleted unsent because the disk budget was used up",
            l => l.EventsDeleted);
        Loss("picket.outbox.crops_deleted", "{crop}", "Pictures deleted unsent because the disk budget was used up",
            l => l.CropsDeleted);
        Loss("picket.outbox.disk_failed", "s", "Time during which the disk took no events", l => l.DiskFailedSeconds);
        _meter.CreateObservableGauge(
            "picket.outbox.disk_fails", () => Now().DiskFails ? 1 : 0, "{disk}", "1 while the disk takes no events");
        _meter.CreateObservableGauge(
            "picket.node.warnings", () => Now().Warnings!.Count, "{warning}", "Conditions that need a person's attention");
        _meter.CreateObservableCounter(
            "picket.link.acked", () => Now().Acked, "{event}", "Events acknowledged by the center");
    }

    public Meter Meter => _meter;

    public void Dispose() => _meter.Dispose();
}
