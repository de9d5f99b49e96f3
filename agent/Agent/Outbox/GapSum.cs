using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>Sums up lost events into gaps.</summary>
internal sealed class GapSum
{
    private readonly SortedSet<string> _reasons = new(StringComparer.Ordinal);
    private readonly List<SeqRange> _fresh = [];
    private readonly List<SeqRange> _declared = [];
    private readonly List<long> _merged = [];
    private long _crops;
    private long _unnumbered;
    private bool _isExact = true;

    /// <summary>The lost numbers.</summary>
    public long Count { get; private set; }

    /// <summary>Whether there is nothing to declare.</summary>
    public bool IsEmpty => Count + _crops + _unnumbered == 0 && _merged.Count == 0;

    public void Add(SeqRange range, string reason)
    {
        _fresh.Add(range);
        Count += range.Count;
        _reasons.Add(reason);
    }

    public void Add(long seq, string reason) => Add(new SeqRange(seq, seq), reason);

    public void AddCrops(long crops, string reason)
    {
        if (crops == 0) return;
        _crops += crops;
        _reasons.Add(reason);
    }

    /// <summary>Takes over what the deleted gap event <paramref name="seq"/> declared; its own number is lost too.</summary>
    public void Merge(long seq, NodeGapBody? gap, string reason)
    {
        Add(seq, reason);
        _merged.Add(seq);
        if (gap is null) return;
        // A merged gap may be merged again: its reasons are kept separate, so that none appears twice.
        _reasons.UnionWith(gap.Reason.Split("; "));
        _crops += gap.Crops ?? 0;
        _unnumbered += gap.Unnumbered ?? 0;
        if (gap.Count == 0) return;
        Count += gap.Count;
        _isExact &= gap.Ranges is not null || gap.Count == gap.LastSeq - gap.FirstSeq + 1;
        _declared.AddRange(gap.Ranges ?? [new SeqRange(gap.FirstSeq, gap.LastSeq)]);
    }

    /// <summary>Takes over everything summed up in <paramref name="other"/>.</summary>
    public void Add(GapSum other)
    {
        _fresh.AddRange(other._fresh);
        _declared.AddRange(other._declared);
        _merged.AddRange(other._merged);
        _reasons.UnionWith(other._reasons);
        (_crops, _unnumbered) = (_crops + other._crops, _unnumbered + other._unnumbered);
        _isExact &= other._isExact;
        Count += other.Count;
    }

    /// <summary>As many gaps as needed to name every lost number.</summary>
    public IEnumerable<GapDraft> ToGaps(Guid epoch)
    {
        var ranges = Joined([.. _fresh, .. _declared]);
        if (ranges.Count == 0)
        {
            if (!IsEmpty) yield return new GapDraft(Body(epoch, ranges, 0, _crops, _unnumbered), [], _merged);
            yield break;
        }
        if (!_isExact || ranges.Count <= NodeGapBody.MaxRanges)
        {
            yield return ToOneGap(epoch);
            yield break;
        }
        // Nothing is merged here: it is exact, or what was merged is.
        var (crops, unnumbered, merged) = (_crops, _unnumbered, _merged);
        foreach (var part in ranges.Chunk(NodeGapBody.MaxRanges))
        {
            yield return new GapDraft(
                Body(epoch, part, part.Sum(range => range.Count), crops, unnumbered), part, merged);
            (crops, unnumbered, merged) = (0, 0, []);
        }
    }

    /// <summary>One gap, which says how many are lost and, as long as there are few ranges, which.</summary>
    public GapDraft ToOneGap(Guid epoch) =>
        new(Body(epoch, Joined([.. _fresh, .. _declared]), Count, _crops, _unnumbered), Joined(_fresh), _merged);

    private NodeGapBody Body(Guid epoch, IReadOnlyList<SeqRange> ranges, long count, long crops, long unnumbered)
    {
        var isExact = _isExact && ranges.Count is > 1 and <= NodeGapBody.MaxRanges && ranges.Sum(r => r.Count) == count;
        return new NodeGapBody(
            epoch,
            ranges.Count > 0 ? ranges[0].From : 0,
            ranges.Count > 0 ? ranges[^1].To : 0,
            count,
            string.Join("; ", _reasons),
            isExact ? [.. ranges] : null,
            crops > 0 ? crops : null,
            unnumbered > 0 ? unnumbered : null);
    }

    /// <summary>In order, with neighbors merged.</summary>
    private static List<SeqRange> Joined(IEnumerable<SeqRange> ranges)
    {
        var joined = new List<SeqRange>();
        foreach (var range in ranges.OrderBy(range => range.From))
        {
            if (joined.Count > 0 && range.From <= joined[^1].To + 1)
                joined[^1] = joined[^1] with { To = Math.Max(joined[^1].To, range.To) };
            else joined.Add(range);
        }
        return joined;
    }
}

/// <summary>A gap to be declared, with what the outbox must remember of it: whoever asks for those numbers again gets the same
/// declaration.</summary>
/// <param name="Fresh">The numbers that it declares and no gap before it did.</param>
/// <param name="Merged">The numbers of deleted gap events whose declarations it takes over.</param>
internal sealed record GapDraft(NodeGapBody Body, IReadOnlyList<SeqRange> Fresh, IReadOnlyList<long> Merged);
