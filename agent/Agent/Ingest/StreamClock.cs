using Picket.Agent.Ingest.Libav;

namespace Picket.Agent.Ingest;

/// <summary>
/// Gives each frame of a camera its time since the start: from the camera's timestamps while they are known to keep pace with the arrival
/// clock, otherwise from arrival.
/// </summary>
/// <remarks>
/// Timestamps are evenly spaced where arrivals jitter, but they come from the camera: they may be missing (the first always is), jump,
/// stand still, or run at a rate other than the camera says. So they are trusted only after they have kept pace for a while, and only the
/// difference between two of them is ever used: whatever they say, time advances at the rate at which frames arrive.
/// </remarks>
internal struct StreamClock(AvRational timeBase)
{
    /// <summary>
    /// Network and buffers delay frames by less than this; a clock further from ours has jumped, or runs at another rate.
    /// </summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    /// <summary>How long a clock is watched before it is trusted. One that stands still, or is ten times too fast or too slow, is half a
    /// second off after about this long.</summary>
    private static readonly TimeSpan Probation = TimeSpan.FromSeconds(2);

    /// <summary>How far it may be from ours in that time: the jitter of a radio link, without a stall.</summary>
    private static readonly TimeSpan ProbationTolerance = TimeSpan.FromSeconds(0.5);

    private TimeSpan _last = TimeSpan.FromTicks(-1);
    private TimeSpan _lastArrival;
    private TimeSpan _theirs;
    private bool _hasTheirs;
    private bool _believed;
    private TimeSpan _watchedFrom;
    private TimeSpan _ahead;

    /// <summary>The time of the next frame, always later than the one before.</summary>
    /// <param name="timestamp">In units of the time base, or <see cref="LibavStream.NoTimestamp"/>.</param>
    /// <param name="arrival">Since the start of the stream, by our own clock.</param>
    public TimeSpan Next(long timestamp, TimeSpan arrival)
    {
        var arrivalStep = arrival - _lastArrival;
        var step = Step(timestamp, arrival, arrivalStep) is { } theirStep && _believed ? theirStep : arrivalStep;
        // Clocks drift apart: a five-hundredth of the difference is corrected per frame, so that time never has to stand still until ours
        // catches up.
        var time = _last < TimeSpan.Zero ? arrival : _last + step - (_last - _lastArrival) / 500;
        if (_believed && (time - arrival).Duration() > Tolerance)
        {
            Doubt(arrival);
            time = _last + arrivalStep;
        }
        if (time <= _last) time = _last + TimeSpan.FromTicks(1);
        _lastArrival = arrival;
        return _last = time;
    }

    /// <summary>The time since the last frame according to the camera, or null when it says nothing useful.</summary>
    private TimeSpan? Step(long timestamp, TimeSpan arrival, TimeSpan arrivalStep)
    {
        if (timestamp == LibavStream.NoTimestamp || !timeBase.IsValid)
        {
            _hasTheirs = false;
            return null;
        }
        var before = _theirs;
        _theirs = timeBase.Times(timestamp);
        if (!_hasTheirs)
        {
            _hasTheirs = true;
            Doubt(arrival);
            return null;
        }
        var step = _theirs - before;
        // Pictures arrive in display order: a clock that does not advance from one to the next is useless.
        if (step <= TimeSpan.Zero || step > arrivalStep + Tolerance)
        {
            Doubt(arrival);
            return null;
        }
        if (_believed) return step;
        _ahead += step - arrivalStep;
        if (_ahead.Duration() > ProbationTolerance) Doubt(arrival);
        else _believed = arrival - _watchedFrom >= Probation;
        return step;
    }

    /// <summary>Uses arrival from now on, until the camera's clock has kept pace for long enough.</summary>
    private void Doubt(TimeSpan arrival)
    {
        _believed = false;
        _ahead = TimeSpan.Zero;
        _watchedFrom = arrival;
    }
}
