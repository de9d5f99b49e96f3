namespace Picket.Agent.Ingest;

/// <summary>
/// A slot for one frame between a camera's ingest thread and its analysis thread: the newest frame wins; the one it replaces is returned
/// and counted.
/// </summary>
/// <remarks>One thread publishes, one takes. Nothing is allocated per frame.</remarks>
internal sealed class LatestFrame : IDisposable
{
    private readonly object _gate = new(); // not a Lock: the taker waits on it
    private Frame? _frame;
    private bool _ended;
    private long _dropped;

    /// <summary>Frames that nobody took: replaced by a newer one, or returned when their stream ended.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>
    /// Puts <paramref name="frame"/> in and wakes the taker. Takes ownership; after <see cref="End"/> it disposes the
    /// frame.
    /// </summary>
    public void Publish(Frame frame)
    {
        Frame? left = frame;
        lock (_gate)
        {
            if (!_ended) (left, _frame) = (_frame, frame);
            if (left is not null) _dropped++;
            Monitor.PulseAll(_gate);
        }
        left?.Dispose();
    }

    /// <summary>
    /// Waits for a frame. The caller owns it and disposes it; null when the stream has ended and nothing is left.
    /// </summary>
    /// <exception cref="OperationCanceledException">By <paramref name="cancel"/>.</exception>
    public Frame? Take(CancellationToken cancel)
    {
        // Outside the lock, which the callback takes: disposing waits for a running callback.
        using var waking = cancel.UnsafeRegister(static slot => ((LatestFrame)slot!).Wake(), this);
        lock (_gate)
        {
            while (true)
            {
                cancel.ThrowIfCancellationRequested();
                if (_frame is { } frame)
                {
                    _frame = null;
                    return frame;
                }
                if (_ended) return null;
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Returns the waiting frame, and counts it: its stream is over, another may follow.</summary>
    public void Discard() => Clear(ended: false);

    /// <summary>No more frames will come: the taker gets what is left, then null.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends the stream and returns the frame that nobody took.</summary>
    public void Dispose() => Clear(ended: true);

    private void Clear(bool ended)
    {
        Frame? left;
        lock (_gate)
        {
            (left, _frame, _ended) = (_frame, null, ended);
            if (left is not null) _dropped++;
            Monitor.PulseAll(_gate);
        }
        left?.Dispose();
    }

    private void Wake()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }
}
