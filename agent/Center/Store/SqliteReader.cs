using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Picket.Center.Store;

/// <summary>Reads a SQLite database at <paramref name="path"/>.</summary>
internal sealed class SqliteReader(string path) : StoreReader
{
    protected override string PassageColumns => """
        SELECT p.node, p.passage, p.change, p.first_at, p.last_at, p.received_at, p.rev, p.phase, m.camera, m.kind, m.body,
          (m.epoch = m.id) AS conflict, (p.doubt > 0) AS doubt,
          (SELECT c.id FROM message e JOIN crop c ON c.event = e.id AND c.node = e.node
           WHERE e.node = p.node AND e.passage = p.passage ORDER BY e.rev DESC LIMIT 1) AS crop
        FROM passage p JOIN message m ON m.id = p.message
        """;

    // With MAX alone, SQLite takes the bare column from the row that has the maximum: pending is the newest epoch's. SUM
    // of integers fails when it overflows, and all nodes' rows with it; TOTAL adds up in floating point and never fails.
    protected override string NodeColumns => $"""
        SELECT s.node, MAX(s.last_received_at) AS last_received_at, s.pending,
          (SELECT CAST(MIN(TOTAL(g.count), {MaxSum}) AS INTEGER) FROM gap g WHERE g.node = s.node) AS lost,
          (SELECT COUNT(*) FROM gap g WHERE g.node = s.node AND g.last_seq = 0) AS unknown_gaps,
          (SELECT COUNT(*) FROM conflict c WHERE c.node = s.node) AS conflicts,
          (SELECT CAST(MIN(TOTAL(h.missing), {MaxSum}) AS INTEGER) FROM held h WHERE h.node = s.node) AS missing,
          (SELECT CAST(MIN(TOTAL(h.awaited), {MaxSum}) AS INTEGER) FROM held h WHERE h.node = s.node) AS awaited,
          (SELECT GROUP_CONCAT(c.camera, ', ') FROM camera_state c WHERE c.node = s.node AND c.up = 0) AS cameras_down,
          (SELECT GROUP_CONCAT(down, '; ') FROM (
            SELECT c.camera || ' (' || substr(c.reason, 1, 160) || ')' AS down FROM camera_state c
            WHERE c.node = s.node AND c.up = 0 ORDER BY c.camera LIMIT 16)) AS cameras_down_why
        FROM node_state s GROUP BY s.node ORDER BY s.node
        """;

    protected override string EpochColumns => """
        SELECT e.epoch, COALESCE(s.max_seq, 0) AS max_seq, COALESCE(s.messages, 0) AS messages, COALESCE(h.high, 0) AS high
        FROM (
          SELECT * FROM (SELECT epoch FROM node_state WHERE node = @node ORDER BY epoch DESC LIMIT @limit)
          UNION
          SELECT * FROM (SELECT epoch FROM held WHERE node = @node ORDER BY epoch DESC LIMIT @limit)) e
        LEFT JOIN node_state s ON s.node = @node AND s.epoch = e.epoch
        LEFT JOIN held h ON h.node = @node AND h.epoch = e.epoch
        ORDER BY e.epoch DESC LIMIT @limit
        """;

    protected override object Id(Guid id) => CenterStore.Bytes(id);

    protected override DbConnection Connect() =>
        new SqliteConnection(SqliteStore.ConnectionString(path, SqliteOpenMode.ReadOnly));
}
