using Picket.Wire;

namespace Picket.Center.Store;

/// <summary>What a batch of events says about a passage: state from the highest rev, matter from the highest rev that
/// has some. Moments are <see cref="UnixMicroseconds"/>.</summary>
internal sealed class PassageChange(string node, Guid passage)
{
    /// <summary>There were no such nodes before 2026: an earlier clock was never set.</summary>
    private static readonly long EarliestAt = UnixMicroseconds.From(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>A day in microseconds: more than any time zone set as UTC.</summary>
    private const long LatestAhead = 86_400_000_000;

    public string Node { get; } = node;
    public Guid Passage { get; } = passage;
    public long FirstAt { get; private set; } = long.MaxValue;
    public long LastAt { get; private set; }
    /// <summary>The time that it states can't be trusted.</summary>
    public bool IsClockInDoubt { get; private set; }
    public int Rev { get; private set; } = -1;
    public string Phase { get; private set; } = "";
    public Guid Message { get; private set; }

    /// <summary>A plate on no list: it alerts nobody.</summary>
    public bool IsRead { get; private set; }

    /// <summary>-1 while no message has something to show.</summary>
    public int MessageRev { get; private set; } = int.MinValue;

    /// <summary>Whether an event that arrived at <paramref name="now"/> can't have happened at
    /// <paramref name="at"/>.</summary>
    public static bool IsImpossible(long at, long now) => at < EarliestAt || at > now + LatestAhead;

    /// <param name="now">When it arrived: the passage began no later than we heard of it, whatever the node's clock
    /// says.</param>
    public void Add(ReceivedEvent received, PassagePhase phase, long now)
    {
        var envelope = received.Envelope;
        var at = UnixMicroseconds.From(envelope.At);
        IsRead = envelope.Kind == EventKind.PlateRead;
        var isInDoubt = received.IsClockInDoubt || IsImpossible(at, now);
        IsClockInDoubt |= isInDoubt;
        FirstAt = Math.Min(FirstAt, isInDoubt ? now : Math.Min(at, now));
        if (envelope.Rev > Rev) (Rev, LastAt, Phase) = (envelope.Rev, at, WireNames.Of(phase));
        var matterRev = received.HasMatter ? envelope.Rev : -1;
        if (matterRev > MessageRev) (MessageRev, Message) = (matterRev, envelope.Id);
    }
}
