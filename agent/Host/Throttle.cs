namespace Picket.Host;

/// <summary>Lets the first message about something that repeats through at once, then one per interval, which says how many it
/// stands for: a sender without end must not fill the log. Any thread.</summary>
public sealed class Throttle(TimeProvider time, TimeSpan interval)
{
    /// <summary>Nobody reads faster than a line a second, which is at worst 86,400 lines a day.</summary>
    public static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private long? _saidAt;
    private long _count;

    /// <returns>How often this was called since the last message, including this call; 0 if nothing should be said
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
