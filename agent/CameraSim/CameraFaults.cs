using System.Collections.Concurrent;

namespace Picket.CameraSim;

/// <summary>What is wrong with a camera; every member may be switched at any time from any thread.</summary>
public sealed class CameraFaults
{
    private readonly Lock _lock = new();
    private CancellationTokenSource _drop = new();
    private TaskCompletionSource? _stall;
    private double _lossRate;
    private double _corruptionRate;
    private double _timestampRate = 1;
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

    /// <summary>The share of RTP packets that are dropped, 0 to 1; their sequence numbers are used up.</summary>
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
    /// How fast the clock of the RTP timestamps runs: 1 is right, 0 stands still, 1/90 looks as if it counted milliseconds.
    /// </summary>
    public double TimestampRate
    {
        get => Volatile.Read(ref _timestampRate);
        set => Volatile.Write(ref _timestampRate, value);
    }

    /// <summary>Between the answer to PLAY and the first packet.</summary>
    public TimeSpan FirstPacketDelay { get; set; }

    /// <summary>
    /// While true a connection is closed without a reply as soon as its first request names this mount; playing ones go
    /// on.
    /// </summary>
    public bool RefuseConnections
    {
        get => _refuseConnections;
        set => _refuseConnections = value;
    }

    /// <summary>What requests are answered with instead of the truth, by their method: status and reason
    /// (<c>453 Not Enough Bandwidth</c>), and on lines of their own headers and behind an empty one a body.</summary>
    public ConcurrentDictionary<string, string> Answers { get; } = new();

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
    internal Task WaitWhileStalledAsync(CancellationToken cancel)
    {
        lock (_lock) return _stall is null ? Task.CompletedTask : _stall.Task.WaitAsync(cancel);
    }

    private static double CheckRate(double rate) =>
        rate is >= 0 and <= 1 ? rate : throw new ArgumentOutOfRangeException(nameof(rate), rate, "0 to 1");
}

/// <summary>
/// Loses and corrupts packets at the mount's rates; seeded, so that the same run goes wrong the same way.
/// </summary>
internal sealed class PacketFaults(CameraFaults faults)
{
    private const int CorruptedBytes = 8;

    private readonly Random _random = new(1);

    /// <summary>False if the packet should be lost; otherwise its payload may have been changed.</summary>
    public bool Apply(Span<byte> payload)
    {
        if (Happens(faults.LossRate)) return false;
        if (Happens(faults.CorruptionRate))
        {
            for (var i = 0; i < CorruptedBytes; i++)
                payload[_random.Next(payload.Length)] ^= (byte)_random.Next(1, 256);
        }
        return true;
    }

    private bool Happens(double rate) => rate > 0 && _random.NextDouble() < rate;
}
