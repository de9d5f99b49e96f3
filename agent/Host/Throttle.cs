namespace Picket.Host;

/// <summary>Lets one word about what repeats through at once and then one an interval, which says how many it stands for:
/// who sends without end must not fill the log. For any thread.</summary>
public sealed class Throttle(TimeProvider time, TimeSpan interval)
{
    /// <summary>A word a second is read by nobody faster, and is 86,400 lines a day at the worst.</summary>
    public static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private long? _saidAt;
    private long _count;

    /// <returns>How many times this was called since the last word, this one with them; 0 when nothing is to be said
    /// now.</returns>
    public long Add()
    {
        lock (_gate)
        {
            _count++;
            if (_saidAt is { } at && time.GetElapsedTime(at) < interval) return 0;
            var count = _count;
            (_saidAt, _count) = (time.GetTimestamp(), 0);
            return count;
        }
    }
}
