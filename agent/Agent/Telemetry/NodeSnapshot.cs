using Picket.Wire;

namespace Picket.Agent.Telemetry;

/// <summary>
/// What the node did since it started, at one moment; latencies in milliseconds from the end of decode of the deciding
/// frame to the center's acknowledgment.
/// </summary>
/// <param name="Losses">What it had to drop; like <paramref name="Warnings"/> null only in the file of an earlier
/// build.</param>
/// <param name="DiskFails">The disk is taking no events at the moment: they wait in memory.</param>
/// <param name="Warnings">What needs a person's attention, each until it is gone.</param>
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

/// <summary>One camera's counters at one moment, since the node started.</summary>
/// <param name="Dropped">Frames replaced by a newer one before they were analyzed.</param>
/// <param name="Analyzed">Frames that the detector ran on.</param>
/// <param name="Recognitions">Shots that were embedded.</param>
/// <param name="PlateShots">Looks at plates that were read.</param>
/// <param name="CropsLost">Pictures that could not be made; their events went without.</param>
/// <param name="Reconnects">Times it came up again after the first.</param>
/// <param name="BadPackets">Compressed packets that the decoder refused.</param>
/// <param name="CorruptFrames">Decoded frames with concealed damage.</param>
internal sealed record CameraSnapshot(
    string Camera,
    bool Up,
    long Frames,
    long Dropped,
    long Analyzed,
    long Tracks,
    long Recognitions,
    long Events,
    long Reconnects,
    long PlateShots = 0,
    long CropsLost = 0,
    long BadPackets = 0,
    long CorruptFrames = 0);
