namespace Picket.Agent.Ingest;

/// <summary>A fixed number of frames for one source, so that a slow consumer drops frames, not memory.</summary>
/// <remarks>
/// A camera needs <see cref="PerCamera"/>. Thread-safe. Disposing frees the frames in the pool; those still out are freed when they return.
/// </remarks>
internal sealed class FramePool : IDisposable
{
    /// <summary>1 being decoded + 1 in the latest-frame slot + 1 being analyzed.</summary>
    public const int PerCamera = 3;

    private readonly Lock _gate = new();
    private readonly Frame[] _all;
    private readonly bool[] _out;
    private int _outstanding;
    private bool _disposed;

    public FramePool(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _out = new bool[capacity];
        _all = new Frame[capacity];
        for (var i = 0; i < capacity; i++) _all[i] = new Frame(this);
    }

    /// <summary>Frames rented and not yet returned.</summary>
    public int Outstanding
    {
        get
        {
            lock (_gate) return _outstanding;
        }
    }

    /// <summary>An empty frame, owned by the caller from now on; null when all are out.</summary>
    public Frame? TryRent()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var free = Array.IndexOf(_out, false);
            if (free < 0) return null;
            _out[free] = true;
            _outstanding++;
            return _all[free];
        }
    }

    /// <summary>An empty frame, owned by the caller from now on.</summary>
    /// <exception cref="InvalidOperationException">All frames are out: somebody holds more than their share.</exception>
    public Frame Rent() => TryRent()
        ?? throw new InvalidOperationException($"all {_all.Length} frames of the pool are out; one was not disposed");

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            for (var i = 0; i < _all.Length; i++)
                if (!_out[i]) _all[i].FreeMemory();
        }
    }

    /// <summary>Takes <paramref name="frame"/> back; does nothing when it is already in.</summary>
    internal void Return(Frame frame)
    {
        lock (_gate)
        {
            var index = Array.IndexOf(_all, frame);
            if (!_out[index]) return;
            frame.Clear();
            _out[index] = false;
            _outstanding--;
            if (_disposed) frame.FreeMemory();
        }
    }
}
