using System.Data.Common;
using Dapper;

namespace Picket.Center.Store;

/// <summary>Deletes what has been kept long enough, a few rows at a time, in a transaction of either database. Ids are used as the
/// database returns them.</summary>
/// <param name="connection">Lent, like the transaction.</param>
internal sealed class ExpiredRows(DbConnection connection, DbTransaction transaction)
{
    /// <summary>Every kind that is stored, with one index look-up for each.</summary>
    public IReadOnlyList<string> Kinds() =>
    [
        .. Query<string?>(
            """
            WITH RECURSIVE kinds(kind) AS (
              SELECT MIN(kind) FROM message
              UNION ALL
              SELECT (SELECT MIN(kind) FROM message WHERE kind > kinds.kind) FROM kinds WHERE kinds.kind IS NOT NULL)
            SELECT kind FROM kinds
            """).OfType<string>(),
    ];

    /// <summary>Deletes the oldest events of a kind that arrived up to <paramref name="until"/>, with their pictures and the
    /// passages that they show; their numbers are kept as deleted, so that they are not taken for holes.</summary>
    public int DeleteEvents(string kind, long until, int limit)
    {
        var rows = Query<Row>(
            """
            SELECT id, node, epoch, seq, passage FROM message WHERE kind = @kind AND received_at <= @until
            ORDER BY received_at LIMIT @limit
            """,
            new { kind, until, limit });
        foreach (var row in rows)
        {
            if (row.Passage is not null)
                Execute("DELETE FROM passage WHERE node = @Node AND passage = @Passage AND message = @Id", row);
            Execute("DELETE FROM crop WHERE event = @Id", row);
            Execute("DELETE FROM message WHERE id = @Id", row);
        }
        // An event with its own id in place of its epoch has no number: it claimed another's.
        foreach (var epoch in rows.Where(row => Text(row.Id) != Text(row.Epoch)).GroupBy(row => (row.Node, Text(row.Epoch))))
        {
            foreach (var (first, last) in Ranges(epoch.Select(row => row.Seq))) KeepNumbers(epoch.First(), first, last);
        }
        return rows.Count;
    }

    /// <summary>Deletes the oldest pictures that arrived up to <paramref name="until"/>.</summary>
    public int DeleteCrops(long until, int limit) => Execute(
        "DELETE FROM crop WHERE id IN (SELECT id FROM crop WHERE received_at <= @until ORDER BY received_at LIMIT @limit)",
        new { until, limit });

    /// <summary>Deletes the records of conflicts from before <paramref name="until"/>.</summary>
    public int DeleteConflicts(long until, int limit) => Execute(
        "DELETE FROM conflict WHERE (node, id) IN (SELECT node, id FROM conflict WHERE received_at <= @until LIMIT @limit)",
        new { until, limit });

    /// <summary>Forgets epochs of which nothing is left and for which nothing has arrived since <paramref name="until"/>.</summary>
    public int DeleteEpochs(long until, int limit)
    {
        var epochs = Query<Row>(
            """
            SELECT s.node, s.epoch FROM node_state s
            WHERE s.last_received_at <= @until
              AND NOT EXISTS (SELECT 1 FROM message m WHERE m.node = s.node AND m.epoch = s.epoch)
            LIMIT @limit
            """,
            new { until, limit });
        foreach (var epoch in epochs)
        {
            foreach (var table in (string[])["deleted", "held", "node_state"])
                Execute($"DELETE FROM {table} WHERE node = @Node AND epoch = @Epoch", epoch);
        }
        return epochs.Count;
    }

    /// <summary>Adds numbers to the deleted ones of an epoch; neighbors are merged into one row.</summary>
    private void KeepNumbers(Row epoch, long first, long last)
    {
        var of = new { epoch.Node, epoch.Epoch, before = first - 1, after = last + 1 };
        var left = Query<(long First, long Last)>(
            """
            SELECT first, last FROM deleted WHERE node = @Node AND epoch = @Epoch AND first <= @before
            ORDER BY first DESC LIMIT 1
            """,
            of).FirstOrDefault();
        var right = Query<(long First, long Last)>(
            "SELECT first, last FROM deleted WHERE node = @Node AND epoch = @Epoch AND first = @after", of).FirstOrDefault();
        if (left.First > 0 && left.Last >= first - 1) first = left.First;
        if (right.First > 0)
        {
            Execute("DELETE FROM deleted WHERE node = @Node AND epoch = @Epoch AND first = @after", of);
            last = right.Last;
        }
        Execute(
            """
            INSERT INTO deleted(node, epoch, first, last) VALUES(@Node, @Epoch, @first, @last)
            ON CONFLICT(node, epoch, first) DO UPDATE SET last = excluded.last WHERE excluded.last > deleted.last
            """,
            new { epoch.Node, epoch.Epoch, first, last });
    }

    private static IEnumerable<(long First, long Last)> Ranges(IEnumerable<long> numbers)
    {
        (long First, long Last)? open = null;
        foreach (var number in numbers.Order())
        {
            if (open is var (first, last) && number <= last + 1)
            {
                open = (first, number);
                continue;
            }
            if (open is { } whole) yield return whole;
            open = (number, number);
        }
        if (open is { } end) yield return end;
    }

    private static string Text(object id) => id is byte[] bytes ? Convert.ToHexString(bytes) : id.ToString()!;

    private List<T> Query<T>(string sql, object? arguments = null) =>
        connection.Query<T>(sql, arguments, transaction).AsList();

    private int Execute(string sql, object arguments) => connection.Execute(sql, arguments, transaction);

    /// <summary>What the deletion needs of an event.</summary>
    private sealed record Row
    {
        public object Id { get; init; } = "";
        public string Node { get; init; } = "";
        public object Epoch { get; init; } = "";
        public long Seq { get; init; }
        public object? Passage { get; init; }
    }
}
