namespace Picket.Agent.Track;

/// <summary>What a tracker is tuned by; the defaults suit faces and plates at 5 to 25 detections a second.</summary>
internal sealed record ByteTrackerOptions
{
    /// <summary>Detections at or above it begin tracks and are matched first.</summary>
    public float HighScore { get; init; } = 0.65f;

    /// <summary>The least IoU of the first match (ByteTrack: 0.2, its "match_thresh 0.8").</summary>
    public float FirstMatchIoU { get; init; } = 0.2f;

    /// <summary>The least IoU when weak detections are matched to what is left (ByteTrack: 0.5).</summary>
    public float WeakMatchIoU { get; init; } = 0.5f;

    /// <summary>
    /// How long a lost object is waited for: hidden behind a passer-by for about a second; longer, it counts as gone.
    /// </summary>
    public TimeSpan LostFor { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>
    /// Objects followed at once. A crowd of 128 faces in one view is beyond what the detector resolves; the
    /// assignment's cost grows with the cube.
    /// </summary>
    public int MaxObjects { get; init; } = 128;
}
