using Picket.Agent.Ingest.Libav;

namespace Picket.Agent.Ingest;

/// <summary>
/// Gives each frame of a camera its time since the start: by the camera's timestamps while they agree with the arrival
/// clock, by arrival otherwise.
/// </summary>
/// <remarks>
/// Timestamps are evenly spaced where arrivals jitter, but they are the camera's word: they may be missing (the first
/// always is), jump or stand still.
/// </remarks>
internal struct StreamClock(AvRational timeBase)
{
    /// <summary>
    /// Network and buffers delay frames by less than this; a larger difference is a jump of the camera's clock.
    /// </summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    private TimeSpan _offset;
    private bool _anchored;
    private TimeSpan _last = TimeSpan.FromTicks(-1);

    /// <summary>The time of the next frame, always later than the one before.</summary>
    /// <param name="timestamp">In units of the time base, or <see cref="LibavStream.NoTimestamp"/>.</param>
    /// <param name="arrival">Since the start of the stream, by our own clock.</param>
    public TimeSpan Next(long timestamp, TimeSpan arrival)
    {
        var time = arrival;
        if (timestamp != LibavStream.NoTimestamp && timeBase.IsValid)
        {
            var theirs = timeBase.Times(timestamp);
            if (!_anchored || (theirs + _offset - arrival).Duration() > Tolerance)
            {
                _offset = arrival - theirs;
                _anchored = true;
            }
            // Clocks drift apart: a five-hundredth of the difference is taken back per frame, so that time never has to
            // stand still until ours has caught up.
            _offset -= (theirs + _offset - arrival) / 500;
            time = theirs + _offset;
        }
        if (time <= _last) time = _last + TimeSpan.FromTicks(1);
        return _last = time;
    }
}
