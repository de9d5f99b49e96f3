using Picket.Wire;

namespace Picket.Agent.Telemetry;

/// <summary>
/// What the node did since it started, at one moment; latencies in milliseconds from the end of decode of the deciding
/// frame to the center's acknowledgment.
/// </summary>
/// <param name="Losses">What it had to let go; like <paramref name="Warnings"/> null only in the file of an earlier
/// build.</param>
/// <param name="DiskFails">The disk takes no events at the moment: they wait in memory.</param>
/// <param name="Warnings">What a person should see to, each until it is gone.</param>
internal sealed record NodeSnapshot(
    DateTimeOffset At,
    IReadOnlyList<CameraSnapshot> Cameras,
    bool Linked,
    long Pending,
    long Acked,
    double? LatencyP50,
    double? LatencyP95,
    double? LatencyP99,
    double? LatencyMax,
    NodeLosses? Losses,
    bool DiskFails,
    IReadOnlyList<string>? Warnings);
