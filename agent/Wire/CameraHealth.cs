using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>How one camera of the node is; counts since the node started.</summary>
/// <param name="BadPackets">Compressed packets that the decoder refused.</param>
/// <param name="CorruptFrames">Decoded frames with concealed damage.</param>
/// <param name="CropsLost">Pictures that could not be made; their events went without.</param>
public sealed record CameraHealth(
    string Camera,
    bool Up,
    long Frames,
    long Dropped,
    long Analyzed,
    double FramesPerSecond,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long BadPackets = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long CorruptFrames = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long CropsLost = 0);
