using System.Threading.Tasks.Sources;

namespace Picket.Agent.Ingest;

/// <summary>
/// A slot for one frame between the ingest thread and the analysis loop: the newest frame wins, the one it replaces is
/// given back and counted.
/// </summary>
/// <remarks>One thread publishes, one loop takes. Nothing is allocated per frame.</remarks>
internal sealed class LatestFrame : IValueTaskSource<Frame?>, IDisposable
{
    private readonly Lock _gate = new();
    private Frame? _frame;
    private bool _ended;
    private bool _waiting;
    private long _dropped;
    private ManualResetValueTaskSourceCore<Frame?> _wait = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancel;

    /// <summary>Frames replaced by a newer one before anybody took them.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>
    /// Puts <paramref name="frame"/> in and wakes the taker. Takes ownership; after <see cref="End"/> it disposes the
    /// frame.
    /// </summary>
    public void Publish(Frame frame)
    {
        Frame? replaced;
        var wake = false;
        lock (_gate)
        {
            if (_ended)
                replaced = frame;
            else if (_waiting)
            {
                replaced = null;
                _waiting = false;
                wake = true;
            }
            else
            {
                replaced = _frame;
                _frame = frame;
            }
            if (replaced is not null) _dropped++;
        }
        replaced?.Dispose();
        if (wake) _wait.SetResult(frame);
    }

    /// <summary>
    /// Waits for a frame. The caller owns it and disposes it; null when the stream has ended and nothing is left.
    /// </summary>
    /// <exception cref="OperationCanceledException">By <paramref name="cancel"/>.</exception>
    /// <exception cref="InvalidOperationException">Another take is still waiting.</exception>
    public ValueTask<Frame?> TakeAsync(CancellationToken cancel = default)
    {
        if (cancel.IsCancellationRequested) return ValueTask.FromCanceled<Frame?>(cancel);
        lock (_gate)
        {
            if (_waiting) throw new InvalidOperationException("only one loop takes frames from the slot");
            if (_frame is { } frame)
            {
                _frame = null;
                return new(frame);
            }
            if (_ended) return new((Frame?)null);
            _wait.Reset();
            _waiting = true;
            _cancel = cancel;
        }
        // Outside the lock: it may run at once.
        _registration = cancel.UnsafeRegister(static slot => ((LatestFrame)slot!).Cancel(), this);
        return new(this, _wait.Version);
    }

    /// <summary>
    /// Gives back the frame that waits, and counts it: the stream that it belongs to has ended, another may follow.
    /// </summary>
    public void Discard()
    {
        Frame? left;
        lock (_gate)
        {
            left = _frame;
            _frame = null;
            if (left is not null) _dropped++;
        }
        left?.Dispose();
    }

    /// <summary>No more frames come: a waiting taker gets what is left, then null.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            if (!_waiting) return;
            _waiting = false;
        }
        _wait.SetResult(null);
    }

    /// <summary>Ends the stream and gives back the frame that nobody took.</summary>
    public void Dispose()
    {
        End();
        Frame? left;
        lock (_gate)
        {
            left = _frame;
            _frame = null;
        }
        left?.Dispose();
    }

    Frame? IValueTaskSource<Frame?>.GetResult(short token)
    {
        _registration.Dispose();
        return _wait.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<Frame?>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<Frame?>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private void Cancel()
    {
        lock (_gate)
        {
            if (!_waiting) return;
            _waiting = false;
        }
        _wait.SetException(new OperationCanceledException(_cancel));
    }
}
