namespace Picket.Center.Broker;

/// <summary>How much one node has sent lately, over all its connections. Any thread.</summary>
internal sealed class NodeRate(BrokerLimits limits, TimeProvider time)
{
    /// <summary>This many seconds' worth may arrive at once: what gathered on a line that stalled for a moment.</summary>
    private const double Burst = 4;

    /// <summary>A cable that is plugged in again, a restart, two power cuts in a row.</summary>
    private const double ConnectsAtOnce = 10;

    private readonly Lock _gate = new();
    private double _packets = Burst * limits.PacketsPerSecond;
    private double _bytes = Burst * limits.BytesPerSecond;
    private double _connects = ConnectsAtOnce;
    private long _at = time.GetTimestamp();

    /// <summary>Takes one packet out of the node's share, and returns how long to wait before the next one is read.</summary>
    public TimeSpan Take(long bytes)
    {
        lock (_gate)
        {
            Refill();
            _packets--;
            _bytes -= bytes;
            var seconds = Math.Max(-_packets / limits.PacketsPerSecond, -_bytes / limits.BytesPerSecond);
            return seconds > 0 ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
        }
    }

    /// <summary>Counts a connection; false if there were too many.</summary>
    public bool TakesConnect()
    {
        lock (_gate)
        {
            Refill();
            if (_connects < 1) return false;
            _connects--;
            return true;
        }
    }

    private void Refill()
    {
        var seconds = time.GetElapsedTime(_at).TotalSeconds;
        _at = time.GetTimestamp();
        _packets = Math.Min(Burst * limits.PacketsPerSecond, _packets + seconds * limits.PacketsPerSecond);
        _bytes = Math.Min(Burst * limits.BytesPerSecond, _bytes + seconds * limits.BytesPerSecond);
        _connects = Math.Min(ConnectsAtOnce, _connects + seconds * limits.ConnectsPerSecond);
    }
}
