namespace Picket.Agent.Track;

/// <summary>
/// Follows detections across frames: strong detections are matched first; weak ones then keep alive tracks that would otherwise be lost.
/// </summary>
/// <remarks>
/// Source: Zhang et al. 2022, "ByteTrack: Multi-Object Tracking by Associating Every Detection Box". One per camera and
/// kind of object; one thread. Allocates only when an object appears.
/// </remarks>
internal sealed class ByteTracker
{
    private readonly ByteTrackerOptions _options;
    private readonly LinearAssignment _assignment;
    private readonly List<TrackedObject> _objects;
    private readonly List<TrackedObject> _ended;
    private readonly float[] _cost;
    private readonly int[] _columnOf;
    private readonly int[] _rows;
    private readonly int[] _columns;
    private readonly bool[] _taken;
    private TimeSpan _time;
    private long _lastId;

    public ByteTracker(ByteTrackerOptions? options = null)
    {
        _options = options ?? new ByteTrackerOptions();
        var n = _options.MaxObjects;
        _assignment = new LinearAssignment(n);
        _objects = new List<TrackedObject>(n);
        _ended = new List<TrackedObject>(n);
        _cost = new float[n * n];
        _columnOf = new int[n];
        _rows = new int[n];
        _columns = new int[n];
        _taken = new bool[n];
    }

    /// <summary>Everything followed now, tentative and lost objects included. Valid until the next call.</summary>
    public List<TrackedObject> Objects => _objects;

    /// <summary>What ended in the last call (confirmed objects only). Valid until the next call.</summary>
    public List<TrackedObject> Ended => _ended;

    /// <summary>
    /// Something was seen for the first time in the last update: another look soon shows whether it is real, and its speed.
    /// </summary>
    public bool HasTentative { get; private set; }

    /// <summary>
    /// Processes the detections of the frame at <paramref name="time"/> (not before the last one; at most
    /// <see cref="ByteTrackerOptions.MaxObjects"/> are used).
    /// </summary>
    public void Update(ReadOnlySpan<Detection> detections, TimeSpan time)
    {
        if (detections.Length > _options.MaxObjects) detections = detections[.._options.MaxObjects];
        Predict(time);
        _taken.AsSpan(0, detections.Length).Clear();
        Match(detections, strong: true, _options.FirstMatchIoU, static o => o.State != TrackState.Tentative);
        Match(detections, strong: false, _options.WeakMatchIoU, static o => o.State == TrackState.Confirmed);
        Match(detections, strong: true, _options.FirstMatchIoU, static o => o.State == TrackState.Tentative);
        Settle();
        Begin(detections);
    }

    /// <summary>Advances everything to a frame on which the detector did not run.</summary>
    public void Predict(TimeSpan time)
    {
        var step = time > _time ? time - _time : TimeSpan.Zero;
        _time = time;
        _ended.Clear();
        foreach (var o in _objects) o.Predict(step);
    }

    /// <summary>Ends everything at once: the stream was cut, and the next scene's objects are numbered from 1 again.</summary>
    public void Reset()
    {
        _ended.Clear();
        foreach (var o in _objects)
        {
            if (o.State != TrackState.Tentative) _ended.Add(o);
            o.State = TrackState.Ended;
        }
        _objects.Clear();
        HasTentative = false;
        _time = TimeSpan.Zero;
        _lastId = 0;
    }

    private void Match(ReadOnlySpan<Detection> detections, bool strong, float leastIoU, Func<TrackedObject, bool> which)
    {
        int rows = 0, columns = 0;
        for (var i = 0; i < _objects.Count; i++)
            if (_objects[i].DetectionIndex < 0 && which(_objects[i])) _rows[rows++] = i;
        for (var i = 0; i < detections.Length; i++)
            if (!_taken[i] && detections[i].Score >= _options.HighScore == strong && detections[i].Height > 0)
                _columns[columns++] = i;
        if (rows == 0 || columns == 0) return;
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++)
                _cost[r * columns + c] = 1 - _objects[_rows[r]].Box.IoU(detections[_columns[c]]);
        _assignment.Solve(_cost, rows, columns, 1 - leastIoU, _columnOf);
        for (var r = 0; r < rows; r++)
        {
            if (_columnOf[r] < 0) continue;
            var index = _columns[_columnOf[r]];
            var o = _objects[_rows[r]];
            o.Update(detections[index], index, _time);
            o.State = TrackState.Confirmed;
            _taken[index] = true;
        }
    }

    /// <summary>Unmatched objects: forgotten when tentative; when confirmed, lost for a while, then ended.</summary>
    private void Settle()
    {
        for (var i = _objects.Count - 1; i >= 0; i--)
        {
            var o = _objects[i];
            if (o.DetectionIndex >= 0) continue;
            if (o.State == TrackState.Tentative)
            {
                o.State = TrackState.Ended;
                _objects.RemoveAt(i);
            }
            else if (_time - o.LastSeen > _options.LostFor)
            {
                o.State = TrackState.Ended;
                _objects.RemoveAt(i);
                _ended.Add(o);
            }
            else
            {
                o.State = TrackState.Lost;
            }
        }
    }

    private void Begin(ReadOnlySpan<Detection> detections)
    {
        HasTentative = false;
        for (var i = 0; i < detections.Length && _objects.Count < _options.MaxObjects; i++)
        {
            if (_taken[i] || detections[i].Score < _options.HighScore || detections[i].Height <= 0) continue;
            _objects.Add(new TrackedObject(++_lastId, detections[i], _time) { DetectionIndex = i });
            HasTentative = true;
        }
    }
}

/// <summary>A tracker's tuning; the defaults suit faces and plates at 5 to 25 detections a second.</summary>
internal sealed record ByteTrackerOptions
{
    /// <summary>Detections at or above it start tracks and are matched first.</summary>
    public float HighScore { get; init; } = 0.65f;

    /// <summary>The minimum IoU of the first match (ByteTrack: 0.2, its "match_thresh 0.8").</summary>
    public float FirstMatchIoU { get; init; } = 0.2f;

    /// <summary>The minimum IoU when weak detections are matched to the rest (ByteTrack: 0.5).</summary>
    public float WeakMatchIoU { get; init; } = 0.5f;

    /// <summary>
    /// How long to wait for a lost object: one hidden behind a passer-by is back in about a second; after longer, it counts as gone.
    /// </summary>
    public TimeSpan LostFor { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>
    /// Objects followed at once. A crowd of 128 faces in one view is beyond what the detector resolves; the assignment's cost is cubic.
    /// </summary>
    public int MaxObjects { get; init; } = 128;
}
