namespace Picket.Bench;

/// <summary>The system's clock, which the bench can set forward: retention then has something to do.</summary>
internal sealed class BenchTime : TimeProvider
{
    private long _ahead;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _ahead));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() =>
        System.GetElapsedTime(0).Ticks + Volatile.Read(ref _ahead);

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ahead, time.Ticks);
}
