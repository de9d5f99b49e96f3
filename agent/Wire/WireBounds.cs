namespace Picket.Wire;

/// <summary>How large a number from outside may be: checked where it enters, so that nobody who adds up afterwards need worry.
/// Readers and writers both use it, so that nobody sends what the other side refuses.</summary>
public static class WireBounds
{
    /// <summary>Of numbers of events and of counts: a trillion. A node that makes 1,000 events a second gets there after 31
    /// years, and nine million such numbers can still be added up in 64 bits.</summary>
    public const long MaxNumber = 1_000_000_000_000;

    /// <summary>Nanoseconds of an epoch's clock: 126 years, twice what a wall clock set from 1970 to now adds.</summary>
    public const long MaxMono = 4_000_000_000_000_000_000;

    /// <summary>Whether there can be this many of something.</summary>
    public static bool IsCount(long count) => count is >= 0 and <= MaxNumber;

    /// <summary>Whether the number of an event, its revision and its moment are possible.</summary>
    public static bool AreSound(long seq, int rev, long mono) =>
        seq is >= 1 and <= MaxNumber && rev >= 0 && mono is >= 0 and <= MaxMono;
}
