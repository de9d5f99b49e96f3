using Dapper;
using Microsoft.Data.Sqlite;

namespace Picket.Center.Store;

/// <summary>Reads the center's database beside its writer. Any thread; every call has its own connection.</summary>
internal sealed class StoreReader(string path)
{
    private const string Columns = """
        SELECT p.node, p.passage, p.change, p.first_at, p.last_at, p.received_at, p.rev, p.phase, m.camera, m.kind, m.body,
          (SELECT c.id FROM message e JOIN crop c ON c.event = e.id AND c.node = e.node
           WHERE e.node = p.node AND e.passage = p.passage ORDER BY e.rev DESC LIMIT 1) AS crop
        FROM passage p JOIN message m ON m.id = p.message
        """;

    static StoreReader() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    /// <summary>Passages that began before (<paramref name="firstAt"/>, <paramref name="passage"/>), newest first;
    /// from the newest if null.</summary>
    public IReadOnlyList<PassageRow> Page((long FirstAt, Guid Passage)? before, int limit)
    {
        using var connection = Open();
        var (firstAt, passage) = before ?? (long.MaxValue, Guid.AllBitsSet);
        return connection.Query<PassageRow>(
            Columns + " WHERE (p.first_at, p.passage) < (@firstAt, @passage)"
                + " ORDER BY p.first_at DESC, p.passage DESC LIMIT @limit",
            new { firstAt, passage = CenterStore.Bytes(passage), limit }).AsList();
    }

    /// <summary>Passages that changed after change <paramref name="change"/>, oldest change first.</summary>
    public IReadOnlyList<PassageRow> ChangedAfter(long change, int limit)
    {
        using var connection = Open();
        return connection.Query<PassageRow>(
            Columns + " WHERE p.change > @change ORDER BY p.change LIMIT @limit", new { change, limit }).AsList();
    }

    public long LastChange()
    {
        using var connection = Open();
        return connection.ExecuteScalar<long?>("SELECT MAX(change) FROM passage") ?? 0;
    }

    public byte[]? Crop(Guid id)
    {
        using var connection = Open();
        return connection.ExecuteScalar<byte[]?>(
            "SELECT jpeg FROM crop WHERE id = @id", new { id = CenterStore.Bytes(id) });
    }

    /// <summary>All nodes that have ever sent something, by name.</summary>
    public IReadOnlyList<NodeRow> Nodes()
    {
        using var connection = Open();
        // With MAX alone, SQLite takes the bare column from the row that has the maximum: pending is the newest
        // epoch's.
        return connection.Query<NodeRow>("""
            SELECT s.node, MAX(s.last_received_at) AS last_received_at, s.pending,
              (SELECT COALESCE(SUM(g.count), 0) FROM gap g WHERE g.node = s.node) AS lost,
              (SELECT COUNT(*) FROM gap g WHERE g.node = s.node AND g.last_seq = 0) AS unknown_gaps,
              (SELECT GROUP_CONCAT(c.camera, ', ') FROM camera_state c WHERE c.node = s.node AND c.up = 0) AS cameras_down
            FROM node_state s GROUP BY s.node ORDER BY s.node
            """).AsList();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(CenterStore.ConnectionString(path, SqliteOpenMode.ReadOnly));
        connection.Open();
        return connection;
    }
}
