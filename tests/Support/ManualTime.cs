namespace Picket.Tests.Support;

/// <summary>A clock that only the test moves; wall time and monotonic time apart, so that the wall clock can be
/// stepped.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private DateTimeOffset _wall = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _wall;
    }

    public override long GetTimestamp()
    {
        lock (_gate) return _ticks;
    }

    public void Advance(TimeSpan time)
    {
        lock (_gate)
        {
            _wall += time;
            _ticks += time.Ticks;
        }
    }

    public void StepWallClock(TimeSpan time)
    {
        lock (_gate) _wall += time;
    }
}
