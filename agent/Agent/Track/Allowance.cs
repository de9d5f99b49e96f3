namespace Picket.Agent.Track;

/// <summary>What may be spent on one object over time: a burst at once, then one more per interval.</summary>
/// <remarks>A token bucket. A lifetime limit would let an object's first, poor moments use up what the later good ones need; this one
/// bounds the cost and is never exhausted for good.</remarks>
internal struct Allowance
{
    private readonly int _most;
    private readonly TimeSpan _every;
    private TimeSpan _filled;

    /// <param name="most">Available at first, and at most.</param>
    /// <param name="every">One more becomes available after this time.</param>
    public Allowance(int most, TimeSpan every) => (_most, _every, Left) = (most, every, most);

    /// <summary>What may be spent now.</summary>
    public int Left { get; private set; }

    /// <summary>Adds what has become due by <paramref name="time"/>. A time before the last one adds nothing and becomes the new
    /// start.</summary>
    public void Refill(TimeSpan time)
    {
        var due = (time - _filled).Ticks / _every.Ticks;
        if (due >= 0 && due < _most - Left)
        {
            Left += (int)due;
            _filled += _every * due;
            return;
        }
        if (due > 0) Left = _most;
        _filled = time;
    }

    /// <summary>Spends one.</summary>
    public void Take() => Left = Math.Max(0, Left - 1);
}
