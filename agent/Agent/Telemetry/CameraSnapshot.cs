namespace Picket.Agent.Telemetry;

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
