using Microsoft.Extensions.Time.Testing;

namespace Picket.Tests.Support;

/// <summary>A clock that stands at the beginning of 2026 until the test moves it, and whose wall time can be set as a person or a
/// time server does, without durations: FakeTimeProvider's own <c>AdjustTime</c> takes its timestamps along.</summary>
internal sealed class SteppableTime() : FakeTimeProvider(Clocks.Begin)
{
    private TimeSpan _stepped;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _stepped;

    /// <summary>Of the base, which takes it from the wall time.</summary>
    public override long GetTimestamp() => base.GetTimestamp() - _stepped.Ticks;

    public void StepWallClock(TimeSpan by) => _stepped += by;
}
