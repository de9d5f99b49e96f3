using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>Nanoseconds since the epoch began; goes on over restarts of the node, never back.</summary>
/// <param name="time">Gives the monotonic time.</param>
/// <param name="start">What the clock shows at the moment it is made.</param>
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
