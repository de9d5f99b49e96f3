namespace Picket.Agent.Telemetry;

/// <summary>
/// What the node did since it started, at one moment; latencies in milliseconds from the end of decode of the deciding
/// frame to the center's acknowledgment.
/// </summary>
internal sealed record NodeSnapshot(
    DateTimeOffset At,
    IReadOnlyList<CameraSnapshot> Cameras,
    bool Linked,
    long Pending,
    long Acked,
    double? LatencyP50,
    double? LatencyP95,
    double? LatencyP99,
    double? LatencyMax);
