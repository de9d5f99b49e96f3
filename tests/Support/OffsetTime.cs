namespace Picket.Tests.Support;

/// <summary>The system's clock, wrong by <paramref name="offset"/>; durations are right.</summary>
internal sealed class OffsetTime(TimeSpan offset) : TimeProvider
{
    public static OffsetTime Days(double days) => new(TimeSpan.FromDays(days));

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;
}
