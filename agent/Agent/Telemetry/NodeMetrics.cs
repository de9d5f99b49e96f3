using System.Diagnostics.Metrics;

namespace Picket.Agent.Telemetry;

/// <summary>
/// The node's counters as metrics <c>picket.*</c>, for whoever listens (dotnet-counters, an OpenTelemetry exporter).
/// One class holds all names.
/// </summary>
internal sealed class NodeMetrics : IDisposable
{
    private readonly Meter _meter = new("Picket.Node");

    /// <param name="snapshot">Gives the current counters; called by listeners only.</param>
    public NodeMetrics(Func<NodeSnapshot> snapshot)
    {
        Measurement<long> Of(CameraSnapshot camera, long value) =>
            new(value, new KeyValuePair<string, object?>("camera", camera.Camera));
        void PerCamera(string name, string unit, string description, Func<CameraSnapshot, long> read) =>
            _meter.CreateObservableCounter(
                name, () => snapshot().Cameras.Select(c => Of(c, read(c))), unit, description);
        PerCamera("picket.ingest.frames", "{frame}", "Frames decoded", c => c.Frames);
        PerCamera(
            "picket.ingest.dropped",
            "{frame}",
            "Frames replaced by a newer one before they were analyzed",
            c => c.Dropped);
        PerCamera("picket.ingest.reconnects", "{connection}", "Times the camera came up again", c => c.Reconnects);
        PerCamera("picket.detect.frames", "{frame}", "Frames that the detector ran on", c => c.Analyzed);
        PerCamera("picket.track.objects", "{object}", "Objects confirmed", c => c.Tracks);
        PerCamera("picket.recognize.shots", "{shot}", "Shots recognized", c => c.Recognitions);
        PerCamera("picket.recognize.plates", "{shot}", "Looks at plates that were read", c => c.PlateShots);
        PerCamera("picket.recognize.crops_lost", "{crop}", "Pictures that could not be made", c => c.CropsLost);
        PerCamera("picket.decide.events", "{event}", "Events made", c => c.Events);
        _meter.CreateObservableGauge(
            "picket.outbox.pending", () => snapshot().Pending, "{event}", "Events not acknowledged by the center");
        _meter.CreateObservableCounter(
            "picket.link.acked", () => snapshot().Acked, "{event}", "Events acknowledged by the center");
    }

    public void Dispose() => _meter.Dispose();
}
