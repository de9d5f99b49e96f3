using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>Nanoseconds since the epoch began; continues across restarts of the node, never goes back.</summary>
/// <param name="time">Provides the monotonic time.</param>
/// <param name="start">What the clock shows when it is created.</param>
internal sealed class EpochClock(TimeProvider time, long start)
{
    private const long NanosecondsPerTick = 100;

    private readonly long _opened = time.GetTimestamp();

    /// <summary>What it showed when this run of the node began: times below are from earlier runs.</summary>
    public long Start => start;

    public long Now => At(time.GetTimestamp());

    /// <summary>What this clock showed at <paramref name="timestamp"/> of the time provider.</summary>
    public long At(long timestamp) =>
        Math.Clamp(start + (time.GetElapsedTime(_opened, timestamp).Ticks * NanosecondsPerTick), 0, WireBounds.MaxMono);
}
