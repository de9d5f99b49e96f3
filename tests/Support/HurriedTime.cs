namespace Picket.Tests.Support;

/// <summary>The system's clock, whose timers go off a thousand times sooner: a minute is 60 ms. For loops that wait again and
/// again beside work that takes real time, where nobody could tell when to move a clock by hand.</summary>
internal sealed class HurriedTime : TimeProvider
{
    private const int Times = 1000;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, Sooner(dueTime), Sooner(period));

    private static TimeSpan Sooner(TimeSpan time) => time > TimeSpan.Zero ? time / Times : time;
}
