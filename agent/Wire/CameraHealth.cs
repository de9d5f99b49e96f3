namespace Picket.Wire;

/// <summary>How one camera of the node is; counts since the node started.</summary>
public sealed record CameraHealth(
    string Camera, bool Up, long Frames, long Dropped, long Analyzed, double FramesPerSecond);
