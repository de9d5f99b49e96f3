namespace Picket.Agent.Track;

/// <summary>What may be spent on one object over time: so much at once, then one more every so often.</summary>
/// <remarks>A token bucket. A limit for an object's whole life would let its first, poor moments use up what the good
/// ones later need; this one bounds the cost and is never used up for good.</remarks>
internal struct Allowance
{
    private readonly int _most;
    private readonly TimeSpan _every;
    private TimeSpan _filled;

    /// <param name="most">What is there at first, and at most.</param>
    /// <param name="every">After this time there is one more.</param>
    public Allowance(int most, TimeSpan every) => (_most, _every, Left) = (most, every, most);

    /// <summary>What may be spent now.</summary>
    public int Left { get; private set; }

    /// <summary>Adds what has become due by <paramref name="time"/>. A time before the last one adds nothing and is
    /// counted from.</summary>
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
