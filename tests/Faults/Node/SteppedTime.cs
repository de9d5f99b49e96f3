namespace Picket.Faults.Node;

/// <summary>The machine's clock, whose wall time can be stepped and which can be let run ahead; timers are the
/// machine's.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private long _wallTicks;
    private long _monotonicTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _wallTicks));

    public override long GetTimestamp() =>
        System.GetElapsedTime(0, System.GetTimestamp()).Ticks + Interlocked.Read(ref _monotonicTicks);

    /// <summary>As a person or a time server sets the clock: only the wall time.</summary>
    public void StepWallClock(TimeSpan by) => Interlocked.Add(ref _wallTicks, by.Ticks);

    /// <summary>As if so much time had passed.</summary>
    public void Pass(TimeSpan time)
    {
        Interlocked.Add(ref _wallTicks, time.Ticks);
        Interlocked.Add(ref _monotonicTicks, time.Ticks);
    }
}
