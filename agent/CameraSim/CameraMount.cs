namespace Picket.CameraSim;

/// <summary>One simulated camera: a path on the server, the clips it can show, its faults and its counts.</summary>
/// <remarks>
/// Each connection plays the active clip from its beginning, again and again, with timestamps that go on.
/// </remarks>
public sealed class CameraMount
{
    private readonly Lock _lock = new();
    private readonly List<(long Frames, TaskCompletionSource Reached)> _waiters = [];
    private volatile int _activeClip;
    private long _framesSent;
    private int _loopsStarted;
    private int _loopsCompleted;
    private int _plays;
    private PlayPosition _position;

    /// <param name="path">Path in the URL, without slashes at its ends.</param>
    /// <param name="clips">At least one, all of one codec; the first is shown first.</param>
    public CameraMount(string path, params IReadOnlyList<AnnexBClip> clips)
    {
        if (path.Length == 0 || path != path.Trim('/')) throw new ArgumentException($"bad path '{path}'", nameof(path));
        if (clips.Count == 0) throw new ArgumentException("no clip", nameof(clips));
        if (clips.Any(c => c.Codec != clips[0].Codec))
            throw new ArgumentException(
                "clips of different codecs: a session's codec is fixed by its SDP", nameof(clips));
        Path = path;
        Clips = clips;
    }

    public string Path { get; }

    public IReadOnlyList<AnnexBClip> Clips { get; }

    /// <summary>Asked of every client, or null for an open camera.</summary>
    public CameraCredentials? Credentials { get; init; }

    public CameraFaults Faults { get; } = new();

    /// <summary>
    /// Index of the clip shown; when changed, playing connections switch to its beginning at their next picture.
    /// </summary>
    public int ActiveClip
    {
        get => _activeClip;
        set => _activeClip = value >= 0 && value < Clips.Count
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"0 to {Clips.Count - 1}");
    }

    /// <summary>Pictures sent, over all connections; those with lost or corrupted packets count as well.</summary>
    public long FramesSent
    {
        get
        {
            lock (_lock) return _framesSent;
        }
    }

    /// <summary>How often a clip was sent to its last picture, over all connections.</summary>
    public int LoopsCompleted
    {
        get
        {
            lock (_lock) return _loopsCompleted;
        }
    }

    /// <summary>How often a client began to play.</summary>
    public int Plays
    {
        get
        {
            lock (_lock) return _plays;
        }
    }

    /// <summary>The picture sent last, by whichever connection.</summary>
    public PlayPosition Position
    {
        get
        {
            lock (_lock) return _position;
        }
    }

    /// <summary>Completes when <see cref="FramesSent"/> has reached <paramref name="frames"/>.</summary>
    public Task WhenFramesSentAsync(long frames, CancellationToken cancel = default)
    {
        lock (_lock)
        {
            if (_framesSent >= frames) return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((frames, reached));
            return reached.Task.WaitAsync(cancel);
        }
    }

    internal AnnexBClip CurrentClip => Clips[_activeClip];

    internal void CountPlay()
    {
        lock (_lock) _plays++;
    }

    /// <summary>Gives the number of a loop that begins.</summary>
    internal int CountLoop()
    {
        lock (_lock) return ++_loopsStarted;
    }

    internal void CountFrame(int loop, int frame, bool isLast)
    {
        lock (_lock)
        {
            _framesSent++;
            if (isLast) _loopsCompleted++;
            _position = new PlayPosition(loop, frame);
            for (var i = _waiters.Count - 1; i >= 0; i--)
            {
                if (_framesSent < _waiters[i].Frames) continue;
                _waiters[i].Reached.SetResult();
                _waiters.RemoveAt(i);
            }
        }
    }
}

/// <summary>Where in its clip a mount is.</summary>
/// <param name="Loop">Counts the clip's beginnings on this mount from 1, over all connections; 0 before the
/// first.</param>
/// <param name="Frame">Index in the clip of the picture sent last.</param>
public readonly record struct PlayPosition(int Loop, int Frame);
