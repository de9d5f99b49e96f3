namespace Picket.Agent.Link;

/// <summary>Keeps the last latencies and sums them up; any thread.</summary>
internal sealed class LatencyRecorder
{
    /// <summary>The last 4,096 samples: the 99th percentile then stands on the 41 slowest of them; 32 kB.</summary>
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
