namespace Picket.Center.Store;

/// <summary>Moments as the database holds them: microseconds since 1970 in UTC.</summary>
internal static class UnixMicroseconds
{
    public static long From(DateTimeOffset moment) =>
        (moment.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset ToMoment(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
