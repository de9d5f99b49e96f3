namespace Picket.Center.Store;

/// <summary>What a batch of events says about an epoch's numbering.</summary>
internal sealed class NumberingChange(string node, Guid epoch)
{
    public string Node { get; } = node;
    public Guid Epoch { get; } = epoch;
    public long MaxSeq { get; private set; }
    public long Messages { get; private set; }

    /// <summary>Events that waited in the outbox, as told by message <see cref="PendingSeq"/>, or null.</summary>
    public long? Pending { get; private set; }

    /// <summary>0 when no message told.</summary>
    public long PendingSeq { get; private set; }

    public void Add(long seq, long? pending)
    {
        Messages++;
        MaxSeq = Math.Max(MaxSeq, seq);
        if (pending is null || seq <= PendingSeq) return;
        (Pending, PendingSeq) = (pending, seq);
    }
}
