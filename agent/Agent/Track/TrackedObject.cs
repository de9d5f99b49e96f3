namespace Picket.Agent.Track;

/// <summary>
/// An object followed across frames; owned by its <see cref="ByteTracker"/>, changed only in its Update.
/// </summary>
internal sealed class TrackedObject
{
    private KalmanFilter _motion;

    internal TrackedObject(long id, in Detection box, TimeSpan time)
    {
        Id = id;
        _motion = KalmanFilter.Start(box);
        Box = box;
        FirstSeen = LastSeen = time;
        DetectionIndex = -1;
        Hits = 1;
    }

    /// <summary>1, 2, 3, ... within a tracker.</summary>
    public long Id { get; }
    public TrackState State { get; internal set; } = TrackState.Tentative;

    /// <summary>Where it is now: the filtered box if just detected, otherwise the predicted one.</summary>
    public Detection Box { get; private set; }

    /// <summary>
    /// Its index in this update's detections, or -1 when it was not detected: shots are taken from the measured box, not the filtered one.
    /// </summary>
    public int DetectionIndex { get; internal set; }
    public TimeSpan FirstSeen { get; }
    public TimeSpan LastSeen { get; private set; }

    /// <summary>How often it was detected.</summary>
    public int Hits { get; private set; }

    internal void Predict(TimeSpan step)
    {
        _motion.Predict((float)(step.TotalSeconds * KalmanFilter.NominalFramesPerSecond));
        Box = _motion.Box(Box.Score);
        DetectionIndex = -1;
    }

    internal void Update(in Detection box, int index, TimeSpan time)
    {
        _motion.Update(box);
        Box = _motion.Box(box.Score);
        DetectionIndex = index;
        LastSeen = time;
        Hits++;
    }
}

/// <summary>The life of a tracked object.</summary>
internal enum TrackState
{
    /// <summary>Seen once; a second sighting confirms it, a miss forgets it.</summary>
    Tentative,
    Confirmed,

    /// <summary>Not seen now, but still expected at its predicted place.</summary>
    Lost,

    /// <summary>Gone for longer than the tracker waits.</summary>
    Ended,
}
