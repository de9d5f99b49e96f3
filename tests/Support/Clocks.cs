using Microsoft.Extensions.Time.Testing;

namespace Picket.Tests.Support;

/// <summary>Clocks that stand still until the test moves them; their timers go off as it does.</summary>
internal static class Clocks
{
    public static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A clock that stands at the beginning of 2026.</summary>
    public static FakeTimeProvider Still() => new(Begin);

    /// <summary>A clock that stands so many days from now, before it where the number is negative.</summary>
    public static FakeTimeProvider InDays(double days) => new(DateTimeOffset.UtcNow.AddDays(days));
}
