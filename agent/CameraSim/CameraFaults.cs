namespace Picket.CameraSim;

/// <summary>What is wrong with a camera; every member may be switched at any time from any thread.</summary>
public sealed class CameraFaults
{
    private readonly Lock _lock = new();
    private CancellationTokenSource _drop = new();
    private TaskCompletionSource? _stall;
    private double _lossRate;
    private double _corruptionRate;
    private volatile int _describeStatus;
    private volatile bool _refuseConnections;

    /// <summary>While true the camera hangs: connections stay open, but neither frames nor replies are sent.</summary>
    public bool Stalled
    {
        get
        {
            lock (_lock) return _stall is not null;
        }
        set
        {
            TaskCompletionSource? released = null;
            lock (_lock)
            {
                if (value)
                {
                    _stall ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
                else
                {
                    released = _stall;
                    _stall = null;
                }
            }
            released?.SetResult();
        }
    }

    /// <summary>The share of RTP packets that is left out, 0 to 1; their sequence numbers are used up.</summary>
    public double LossRate
    {
        get => Volatile.Read(ref _lossRate);
        set => Volatile.Write(ref _lossRate, CheckRate(value));
    }

    /// <summary>The share of RTP packets in which some payload bytes are changed, 0 to 1.</summary>
    public double CorruptionRate
    {
        get => Volatile.Read(ref _corruptionRate);
        set => Volatile.Write(ref _corruptionRate, CheckRate(value));
    }

    /// <summary>
    /// While true a connection is closed without a reply as soon as its first request names this mount; playing ones go
    /// on.
    /// </summary>
    public bool RefuseConnections
    {
        get => _refuseConnections;
        set => _refuseConnections = value;
    }

    /// <summary>The status that DESCRIBE is answered with (400 to 599), or 0 for the truth.</summary>
    public int DescribeStatus
    {
        get => _describeStatus;
        set => _describeStatus = value is 0 or (>= 400 and <= 599)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "0, or 400 to 599");
    }

    /// <summary>Closes the mount's connections at once; new ones are served.</summary>
    public void DropConnections()
    {
        CancellationTokenSource dropped;
        lock (_lock)
        {
            dropped = _drop;
            _drop = new CancellationTokenSource();
        }
        dropped.Cancel();
        dropped.Dispose();
    }

    /// <summary>Canceled by the next <see cref="DropConnections"/>.</summary>
    internal CancellationToken DropToken
    {
        get
        {
            lock (_lock) return _drop.Token;
        }
    }

    /// <summary>Returns at once, or when the stall is over.</summary>
    internal Task WaitWhileStalled(CancellationToken ct)
    {
        lock (_lock) return _stall is null ? Task.CompletedTask : _stall.Task.WaitAsync(ct);
    }

    private static double CheckRate(double rate) =>
        rate is >= 0 and <= 1 ? rate : throw new ArgumentOutOfRangeException(nameof(rate), rate, "0 to 1");
}
