namespace Picket.Center.Store;

/// <summary>Moments as the database holds them: microseconds since 1970 in UTC.</summary>
internal static class UnixMicroseconds
{
    private static readonly long First = From(DateTimeOffset.MinValue);
    private static readonly long Last = From(DateTimeOffset.MaxValue);

    public static long From(DateTimeOffset moment) =>
        (moment.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>A row may hold any number: one outside the calendar becomes its first or last moment.</summary>
    public static DateTimeOffset ToMoment(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(
        Math.Clamp(microseconds, First, Last) * TimeSpan.TicksPerMicrosecond);
}
