namespace Picket.Agent.Link;

/// <summary>What the pump counts; written by one task at a time, read by any thread.</summary>
internal sealed class LinkCounters
{
    private readonly LatencyRecorder _latency = new();
    private long _connects;
    private long _sent;
    private long _sentBytes;
    private long _resent;
    private long _notDelivered;
    private long _acked;
    private long _ignoredCommands;
    private long _refused;
    private long _setAside;
    private long _sentEvents;
    private volatile string? _endpoint;
    private volatile string? _lastError;
    private volatile bool _isCenterAbsent;

    public void Connected(string endpoint)
    {
        Interlocked.Increment(ref _connects);
        _endpoint = endpoint;
        _lastError = null;
    }

    public void Disconnected(string reason)
    {
        _endpoint = null;
        _isCenterAbsent = false;
        SetAside(0);
        _lastError = reason;
    }

    public void CenterIs(bool absent) => _isCenterAbsent = absent;

    /// <param name="events">None for a piece of a picture.</param>
    public void Sent(int events, int bytes, bool again)
    {
        Interlocked.Increment(ref _sent);
        Interlocked.Add(ref _sentEvents, events);
        Interlocked.Add(ref _sentBytes, bytes);
        if (again) Interlocked.Increment(ref _resent);
    }

    public void NotDelivered() => Interlocked.Increment(ref _notDelivered);

    /// <summary>The center will never take an event.</summary>
    public void Refused() => Interlocked.Increment(ref _refused);

    /// <summary>How many are set aside because the center leaves them unacknowledged.</summary>
    public void SetAside(long count) => Interlocked.Exchange(ref _setAside, count);

    public void CommandIgnored() => Interlocked.Increment(ref _ignoredCommands);

    public void Acked(TimeSpan? latency)
    {
        Interlocked.Increment(ref _acked);
        if (latency is { } time) _latency.Add(time);
    }

    public LinkTelemetry Snapshot() => new(
        _endpoint, _isCenterAbsent, Interlocked.Read(ref _connects), Interlocked.Read(ref _sent),
        Interlocked.Read(ref _sentBytes),
        Interlocked.Read(ref _resent), Interlocked.Read(ref _notDelivered), Interlocked.Read(ref _acked),
        _latency.Summarize(), _lastError,
        Interlocked.Read(ref _ignoredCommands),
        Interlocked.Read(ref _refused), Interlocked.Read(ref _setAside), Interlocked.Read(ref _sentEvents));
}

/// <summary>Keeps the last latencies and sums them up; any thread.</summary>
internal sealed class LatencyRecorder
{
    /// <summary>The last 4,096 samples: the 99th percentile then rests on the 41 slowest of them; 32 kB.</summary>
    private const int Capacity = 4096;

    private readonly Lock _gate = new();
    private readonly TimeSpan[] _samples = new TimeSpan[Capacity];
    private long _count;

    public void Add(TimeSpan latency)
    {
        lock (_gate) _samples[_count++ % Capacity] = latency;
    }

    public LatencySummary Summarize()
    {
        TimeSpan[] sorted;
        long count;
        lock (_gate)
        {
            count = _count;
            sorted = _samples[..(int)Math.Min(count, Capacity)];
        }
        Array.Sort(sorted);
        return new LatencySummary(
            count, Percentile(sorted, 50), Percentile(sorted, 95), Percentile(sorted, 99), Percentile(sorted, 100));
    }

    /// <summary>Nearest rank: the smallest sample that at least <paramref name="percent"/> % are not above.</summary>
    private static TimeSpan Percentile(TimeSpan[] sorted, int percent) =>
        sorted.Length == 0 ? TimeSpan.Zero : sorted[((sorted.Length * percent) + 99) / 100 - 1];
}

/// <summary>Percentiles by nearest rank over the last samples; zero if there are none.</summary>
/// <param name="Count">All samples ever, including those that are no longer in the percentiles.</param>
internal readonly record struct LatencySummary(long Count, TimeSpan P50, TimeSpan P95, TimeSpan P99, TimeSpan Max);
