using System.Data.Common;
using System.Text.Json;
using Dapper;
using Picket.Wire;

namespace Picket.Center.Store;

/// <summary>Reads the center's database beside its writers. Any thread; every call has its own connection.</summary>
/// <remarks>When the database is away, calls throw a <see cref="DbException"/>.</remarks>
internal abstract class StoreReader
{
    /// <summary>Gap events that touch a thousand holes, each of a few kilobytes. If there are more, those with the lowest numbers
    /// count, and the rest is awaited until these are done.</summary>
    private const int MaxDeclared = 10_000;

    /// <summary>Where a sum over all rows of a node is capped: a million times <see cref="WireBounds.MaxNumber"/>. Rows from
    /// before the wire had bounds may hold any number; adding up the nodes' sums never overflows.</summary>
    protected const long MaxSum = 1_000_000 * WireBounds.MaxNumber;

    static StoreReader() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    /// <summary>Passages that began before (<paramref name="before"/>), newest first; from the newest if
    /// null.</summary>
    /// <param name="withReads">Whether to include plates on no list.</param>
    public IReadOnlyList<PassageRow> Page((long FirstAt, Guid Passage)? before, int limit, bool withReads = true)
    {
        var (firstAt, passage) = before ?? (long.MaxValue, Guid.AllBitsSet);
        return Query<PassageRow>(
            PassageColumns + " WHERE (p.first_at, p.passage) < (@firstAt, @passage)" + Kinds(withReads)
                + " ORDER BY p.first_at DESC, p.passage DESC LIMIT @limit",
            new { firstAt, passage = Id(passage), limit });
    }

    /// <summary>The passages that began right after (<paramref name="after"/>), newest first.</summary>
    public IReadOnlyList<PassageRow> PageAfter((long FirstAt, Guid Passage) after, int limit, bool withReads = true)
    {
        var rows = Query<PassageRow>(
            PassageColumns + " WHERE (p.first_at, p.passage) > (@firstAt, @passage)" + Kinds(withReads)
                + " ORDER BY p.first_at, p.passage LIMIT @limit",
            new { firstAt = after.FirstAt, passage = Id(after.Passage), limit });
        rows.Reverse();
        return rows;
    }

    // Exactly the index's own condition: both databases use the index only for that.
    private static string Kinds(bool withReads) => withReads ? "" : " AND p.is_read = 0";

    /// <summary>Passages that changed after change <paramref name="change"/>, oldest change first.</summary>
    public IReadOnlyList<PassageRow> ChangedAfter(long change, int limit) => Query<PassageRow>(
        PassageColumns + " WHERE p.change > @change ORDER BY p.change LIMIT @limit", new { change, limit });

    public long LastChange() => Query<long>("SELECT COALESCE(MAX(change), 0) FROM passage")[0];

    public byte[]? Crop(Guid id) =>
        Query<byte[]>("SELECT jpeg FROM crop WHERE id = @id", new { id = Id(id) }).FirstOrDefault();

    /// <summary>All nodes that have ever sent something, by name.</summary>
    public IReadOnlyList<NodeRow> Nodes() => Query<NodeRow>(NodeColumns);

    /// <summary>The newest epochs of a node that the database knows of.</summary>
    public IReadOnlyList<EpochRow> Epochs(string node, int limit) =>
        [.. Query<EpochRow>(EpochColumns, new { node, limit }).Select(row => row.Bounded())];

    /// <summary>Numbers of an epoch that are not stored, within <paramref name="from"/> and <paramref name="to"/>:
    /// the lowest <paramref name="limit"/> ranges of them, in order.</summary>
    /// <remarks>Reads only the index of (node, epoch, seq): about 3 million numbers a second.</remarks>
    public IReadOnlyList<SeqRange> Holes(string node, Guid epoch, long from, long to, int limit)
    {
        if (to < from) return [];
        var holes = Query<(long, long)>(
            """
            SELECT before + 1, seq - 1 FROM (
              SELECT seq, LAG(seq, 1, @from - 1) OVER (ORDER BY seq) AS before
              FROM message WHERE node = @node AND epoch = @epoch AND seq BETWEEN @from AND @to) AS numbers
            WHERE seq > before + 1 ORDER BY seq LIMIT @limit
            """,
            new { node, epoch = Id(epoch), from, to, limit }).Select(hole => new SeqRange(hole.Item1, hole.Item2)).ToList();
        if (holes.Count == limit) return holes;
        var last = Query<long?>(
            "SELECT MAX(seq) FROM message WHERE node = @node AND epoch = @epoch AND seq BETWEEN @from AND @to",
            new { node, epoch = Id(epoch), from, to })[0] ?? from - 1;
        if (last < to) holes.Add(new SeqRange(last + 1, to));
        return holes;
    }

    /// <summary>When something last arrived, in <see cref="UnixMicroseconds"/>; null if nothing ever did.</summary>
    public long? LastReceivedAt() => Query<long?>("SELECT MAX(last_received_at) FROM node_state")[0];

    /// <summary>The highest number of an epoch that was ever stored; 0 if there is none.</summary>
    public long LastSeq(string node, Guid epoch) => Math.Clamp(
        Query<long>("SELECT max_seq FROM node_state WHERE node = @node AND epoch = @epoch", new { node, epoch = Id(epoch) })
            .FirstOrDefault(),
        0, WireBounds.MaxNumber);

    /// <summary>Numbers of an epoch whose events were deleted when their time was over.</summary>
    public IReadOnlyList<SeqRange> Deleted(string node, Guid epoch, long from, long to) =>
    [
        .. Query<(long First, long Last)>(
            """
            SELECT first, last FROM deleted WHERE node = @node AND epoch = @epoch AND last >= @from AND first <= @to
            ORDER BY first LIMIT @limit
            """,
            new { node, epoch = Id(epoch), from, to, limit = MaxDeclared })
            .Select(range => new SeqRange(Math.Max(range.First, from), Math.Min(range.Last, to))),
    ];

    /// <summary>How many numbers of an epoch are stored in this range.</summary>
    public long CountStored(string node, Guid epoch, long from, long to) => Query<long>(
        "SELECT COUNT(*) FROM message WHERE node = @node AND epoch = @epoch AND seq BETWEEN @from AND @to",
        new { node, epoch = Id(epoch), from, to })[0];

    /// <summary>What a node has declared lost of an epoch, as far as it touches the numbers from <paramref name="from"/> to
    /// <paramref name="to"/>, possibly overlapping: exact ranges if the node gave them, otherwise from the first to the
    /// last.</summary>
    public IReadOnlyList<SeqRange> Declared(string node, Guid epoch, long from, long to) =>
    [
        .. Query<(long First, long Last, long Count, string Body)>(
            """
            SELECT g.first_seq, g.last_seq, g.count, m.body FROM gap g JOIN message m ON m.id = g.message
            WHERE g.node = @node AND g.epoch = @epoch AND g.last_seq >= @from AND g.first_seq <= @to
            ORDER BY g.first_seq LIMIT @limit
            """,
            new { node, epoch = Id(epoch), from, to, limit = MaxDeclared })
            .SelectMany(gap => Ranges(gap.Body) ?? [new SeqRange(gap.First, gap.Last)])
            .Where(range => range.From <= range.To)
            .Select(range => new SeqRange(Math.Max(range.From, from), Math.Min(range.To, to))),
    ];

    /// <summary>The passages with their matter; ids as 16 bytes.</summary>
    protected abstract string PassageColumns { get; }

    protected abstract string NodeColumns { get; }

    protected abstract string EpochColumns { get; }

    /// <summary>An id as this database takes it.</summary>
    protected abstract object Id(Guid id);

    protected abstract DbConnection Connect();

    private List<T> Query<T>(string sql, object? arguments = null)
    {
        using var connection = Connect();
        connection.Open();
        return connection.Query<T>(sql, arguments).AsList();
    }

    /// <summary>Null also for a body that an earlier build accepted and this one can't read.</summary>
    private static SeqRange[]? Ranges(string body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, WireJsonContext.Default.EventBody)?.Gap?.Ranges;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>One passage as it is shown: state and time from the passage, matter from its best message. Ids are 16
/// bytes, moments <see cref="UnixMicroseconds"/>.</summary>
internal sealed record PassageRow
{
    public required string Node { get; init; }
    public required byte[] Passage { get; init; }
    public required long Change { get; init; }
    public required long FirstAt { get; init; }
    public required long LastAt { get; init; }
    public required long ReceivedAt { get; init; }
    public required long Rev { get; init; }
    public required string Phase { get; init; }
    public string? Camera { get; init; }
    public required string Kind { get; init; }
    public required string Body { get; init; }

    /// <summary>Its best message claims a number that another event has.</summary>
    public required bool Conflict { get; init; }

    /// <summary>The node's clock can't be trusted: <see cref="FirstAt"/> is when it arrived.</summary>
    public required bool Doubt { get; init; }

    /// <summary>The newest crop that is stored, or null.</summary>
    public byte[]? Crop { get; init; }
}

/// <summary>What the database knows of a node.</summary>
internal sealed record NodeRow
{
    public required string Node { get; init; }
    public required long LastReceivedAt { get; init; }

    /// <summary>Events that waited in the node's outbox when it last reported.</summary>
    public long? Pending { get; init; }

    /// <summary>Events that the node has declared lost.</summary>
    public required long Lost { get; init; }

    /// <summary>How often it declared a loss whose extent it does not know.</summary>
    public required long UnknownGaps { get; init; }

    /// <summary>Events that claimed another one's number or id; all are kept and shown.</summary>
    public required long Conflicts { get; init; }

    /// <summary>Events that never arrived, that it no longer has and that it did not declare lost.</summary>
    public required long Missing { get; init; }

    /// <summary>Events that it has and that are still to come.</summary>
    public required long Awaited { get; init; }

    /// <summary>Its cameras that are down, comma-separated, or null.</summary>
    public string? CamerasDown { get; init; }

    /// <summary>The same with the reason that the node gave for each, for up to 16 cameras, the most a node has, one line
    /// each.</summary>
    public string? CamerasDownWhy { get; init; }
}

/// <summary>How far an epoch of a node has come.</summary>
internal sealed record EpochRow
{
    /// <summary>16 bytes.</summary>
    public required byte[] Epoch { get; init; }

    /// <summary>The highest number that is stored, or 0.</summary>
    public required long MaxSeq { get; init; }

    /// <summary>How many messages are stored.</summary>
    public required long Messages { get; init; }

    /// <summary>The highest number that the node said it has assigned, or 0.</summary>
    public required long High { get; init; }

    /// <summary>Capped to what is accepted today: a row from before the wire had bounds may hold any number.</summary>
    public EpochRow Bounded() => this with
    {
        MaxSeq = Math.Clamp(MaxSeq, 0, WireBounds.MaxNumber),
        Messages = Math.Clamp(Messages, 0, WireBounds.MaxNumber),
        High = Math.Clamp(High, 0, WireBounds.MaxNumber),
    };
}
