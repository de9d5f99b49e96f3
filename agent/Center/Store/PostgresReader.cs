using System.Data.Common;
using Npgsql;

namespace Picket.Center.Store;

/// <summary>Reads a PostgreSQL database; connections come from <paramref name="source"/>'s pool, which the store
/// owns.</summary>
internal sealed class PostgresReader(NpgsqlDataSource source) : StoreReader
{
    // uuid_send gives the 16 bytes in the order of the text.
    protected override string PassageColumns => """
        SELECT p.node, uuid_send(p.passage) AS passage, p.change, p.first_at, p.last_at, p.received_at, p.rev, p.phase,
          m.camera, m.kind, m.body,
          (m.epoch = m.id) AS conflict, (p.doubt > 0) AS doubt,
          (SELECT uuid_send(c.id) FROM message e JOIN crop c ON c.event = e.id AND c.node = e.node
           WHERE e.node = p.node AND e.passage = p.passage ORDER BY e.rev DESC LIMIT 1) AS crop
        FROM passage p JOIN message m ON m.id = p.message
        """;

    protected override string NodeColumns => $"""
        SELECT DISTINCT ON (s.node) s.node, s.last_received_at, s.pending,
          (SELECT LEAST(COALESCE(SUM(g.count), 0), {MaxSum})::bigint FROM gap g WHERE g.node = s.node) AS lost,
          (SELECT COUNT(*) FROM gap g WHERE g.node = s.node AND g.last_seq = 0) AS unknown_gaps,
          (SELECT COUNT(*) FROM conflict c WHERE c.node = s.node) AS conflicts,
          (SELECT LEAST(COALESCE(SUM(h.missing), 0), {MaxSum})::bigint FROM held h WHERE h.node = s.node) AS missing,
          (SELECT LEAST(COALESCE(SUM(h.awaited), 0), {MaxSum})::bigint FROM held h WHERE h.node = s.node) AS awaited,
          (SELECT string_agg(c.camera, ', ' ORDER BY c.camera) FROM camera_state c WHERE c.node = s.node AND NOT c.up)
            AS cameras_down,
          (SELECT string_agg(down, '; ') FROM (
            SELECT c.camera || ' (' || substr(c.reason, 1, 160) || ')' AS down FROM camera_state c
            WHERE c.node = s.node AND NOT c.up ORDER BY c.camera LIMIT 16) AS reasons) AS cameras_down_why
        FROM node_state s ORDER BY s.node, s.last_received_at DESC, s.epoch_no DESC
        """;

    protected override string EpochColumns => """
        SELECT uuid_send(e.epoch) AS epoch, COALESCE(s.max_seq, 0) AS max_seq,
          COALESCE(s.messages, 0) AS messages, COALESCE(h.high, 0) AS high
        FROM (
          (SELECT epoch FROM node_state WHERE node = @node ORDER BY epoch DESC LIMIT @limit)
          UNION
          (SELECT epoch FROM held WHERE node = @node ORDER BY epoch DESC LIMIT @limit)) e
        LEFT JOIN node_state s ON s.node = @node AND s.epoch = e.epoch
        LEFT JOIN held h ON h.node = @node AND h.epoch = e.epoch
        ORDER BY e.epoch DESC LIMIT @limit
        """;

    protected override object Id(Guid id) => id;

    protected override DbConnection Connect() => source.CreateConnection();
}
