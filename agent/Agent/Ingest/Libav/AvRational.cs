using System.Runtime.InteropServices;

namespace Picket.Agent.Ingest.Libav;

/// <summary>libav's fraction, laid out as AVRational.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct AvRational(int Numerator, int Denominator)
{
    public bool IsValid => Numerator > 0 && Denominator > 0;

    /// <summary>
    /// The duration of <paramref name="count"/> of these fractions of a second, rounded down to 100 ns; a value beyond
    /// ten years is cut to that.
    /// </summary>
    public TimeSpan Times(long count)
    {
        var ticks = (Int128)count * Numerator * TimeSpan.TicksPerSecond / Denominator;
        var limit = TimeSpan.FromDays(3650).Ticks;
        return TimeSpan.FromTicks((long)Int128.Clamp(ticks, -limit, limit));
    }
}
