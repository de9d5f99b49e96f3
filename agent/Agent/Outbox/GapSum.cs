using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>Sums up lost events to one gap.</summary>
internal sealed class GapSum
{
    private readonly SortedSet<string> _reasons = new(StringComparer.Ordinal);
    private long _first = long.MaxValue;
    private long _last;

    /// <summary>Numbers that are lost.</summary>
    public long Count { get; private set; }

    public void Add(long seq, string reason) => Add(seq, seq, 1, reason);

    /// <summary>Takes over what <paramref name="gap"/> declared.</summary>
    public void Add(NodeGapBody gap) => Add(gap.FirstSeq, gap.LastSeq, gap.Count, gap.Reason);

    public NodeGapBody ToBody(Guid epoch) => new(epoch, _first, _last, Count, string.Join("; ", _reasons));

    private void Add(long first, long last, long count, string reason)
    {
        (_first, _last, Count) = (Math.Min(_first, first), Math.Max(_last, last), Count + count);
        // A merged gap may be merged again: its reasons are kept apart, so that none comes twice.
        _reasons.UnionWith(reason.Split("; "));
    }
}
