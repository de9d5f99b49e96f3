namespace Picket.Agent.Telemetry;

/// <summary>
/// What one camera's analysis did since the node started. Written by its loop, read by anyone; single counters, no
/// locks.
/// </summary>
internal sealed class CameraTelemetry
{
    private long _analyzed;
    private long _tracks;
    private long _recognitions;
    private long _plateShots;
    private long _events;
    private long _cropsLost;
    private long _looks;

    public long Analyzed => Volatile.Read(ref _analyzed);
    public long Tracks => Volatile.Read(ref _tracks);
    public long Recognitions => Volatile.Read(ref _recognitions);
    public long PlateShots => Volatile.Read(ref _plateShots);
    public long CropsLost => Volatile.Read(ref _cropsLost);
    public long Events => Volatile.Read(ref _events);

    /// <summary>Twice the number of frames that the analysis has finished, plus one while it is working on a frame.</summary>
    public long Looks => Volatile.Read(ref _looks);

    public void FrameAnalyzed() => Interlocked.Increment(ref _analyzed);
    public void TrackConfirmed() => Interlocked.Increment(ref _tracks);
    public void ShotRecognized() => Interlocked.Increment(ref _recognitions);
    public void PlateRead() => Interlocked.Increment(ref _plateShots);
    public void CropLost() => Interlocked.Increment(ref _cropsLost);
    public void EventMade() => Interlocked.Increment(ref _events);
    public void FrameTaken() => Interlocked.Increment(ref _looks);
    public void FrameFinished() => Interlocked.Increment(ref _looks);
}
