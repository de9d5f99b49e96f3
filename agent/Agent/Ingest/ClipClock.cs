using Picket.Agent.Ingest.Libav;

namespace Picket.Agent.Ingest;

/// <summary>
/// Gives each frame of a clip its time since the start: by the clip's timestamps where they can be true, one frame
/// interval after the last one elsewhere.
/// </summary>
/// <param name="frameRate">Of the clip, as far as it says one.</param>
internal struct ClipClock(AvRational timeBase, AvRational frameRate)
{
    /// <summary>Frames a second. No camera of a site films faster; a clip that says so (1000 is usual) has its
    /// timestamps from a wrong rate.</summary>
    private const int FastestRate = 250;

    /// <summary>Recorders that film on motion leave gaps of minutes; more is a clock that was set.</summary>
    private static readonly TimeSpan LongestGap = TimeSpan.FromHours(1);

    private readonly bool _isRateTrue = !frameRate.IsValid || frameRate.Numerator <= (long)FastestRate * frameRate.Denominator;
    private TimeSpan _last = TimeSpan.FromTicks(-1);
    private TimeSpan? _theirs;

    /// <summary>The time of the next frame: zero, then always later than the one before.</summary>
    /// <param name="timestamp">In units of the time base, or <see cref="LibavStream.NoTimestamp"/>.</param>
    public TimeSpan Next(long timestamp)
    {
        var before = _theirs;
        var hasTime = timestamp != LibavStream.NoTimestamp && timeBase.IsValid && _isRateTrue;
        _theirs = hasTime ? timeBase.Times(timestamp) : before + Interval;
        if (_last < TimeSpan.Zero) return _last = TimeSpan.Zero;
        var step = hasTime && _theirs is { } now && before is { } then ? now - then : TimeSpan.Zero;
        return _last += step > TimeSpan.Zero && step <= LongestGap ? step : Interval;
    }

    // 25 frames a second when the clip says nothing that can be true.
    private readonly TimeSpan Interval => _isRateTrue && frameRate.IsValid
        ? TimeSpan.FromSeconds(Math.Min((double)frameRate.Denominator / frameRate.Numerator, LongestGap.TotalSeconds))
        : TimeSpan.FromMilliseconds(40);
}
