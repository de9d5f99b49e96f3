namespace Picket.Host;

/// <summary>How long to wait before the next attempt: decorrelated jitter (M. Brooker, "Exponential Backoff And
/// Jitter", AWS 2015), so that thousands of nodes that lost the same broker, or cameras behind one switch, do not come back
/// together.</summary>
public sealed class Backoff(TimeSpan min, TimeSpan max, Random random)
{
    private TimeSpan? _last;

    /// <summary>Between <c>min</c> and three times the last one, at most <c>max</c>.</summary>
    public TimeSpan Next()
    {
        var next = min + ((((_last ?? min) * 3) - min) * random.NextDouble());
        _last = next < max ? next : max;
        return _last.Value;
    }

    public void Reset() => _last = null;
}
