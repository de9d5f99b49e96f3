namespace Picket.Center.Store;

/// <summary>The tables of the SQLite database. Ids are 16 bytes in the order of their text (big-endian), moments are
/// <see cref="UnixMicroseconds"/>.</summary>
internal static class SqliteSchema
{
    public const int Version = 5;

    public const string Sql = """
        -- Every event once, by its id. (node, epoch, seq) is the node's own numbering.
        CREATE TABLE message(
          id BLOB NOT NULL PRIMARY KEY,
          node TEXT NOT NULL, epoch BLOB NOT NULL, seq INTEGER NOT NULL,
          at INTEGER NOT NULL, mono INTEGER NOT NULL,
          camera TEXT, kind TEXT NOT NULL, passage BLOB, phase TEXT, rev INTEGER NOT NULL,
          received_at INTEGER NOT NULL, body TEXT NOT NULL,
          UNIQUE(node, epoch, seq)) STRICT;
        CREATE INDEX message_passage ON message(node, passage, rev) WHERE passage IS NOT NULL;

        -- One row per passage: state from the highest rev, matter from the highest rev that has some (message).
        -- first_at sorts the page: when it began, but not later than we heard of it, so that a clock that is ahead can't
        -- hold a row on top. change counts up over all passages: who saw change n asks for what came after it.
        CREATE TABLE passage(
          node TEXT NOT NULL, passage BLOB NOT NULL,
          change INTEGER NOT NULL UNIQUE, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
          rev INTEGER NOT NULL, phase TEXT NOT NULL, message BLOB NOT NULL, message_rev INTEGER NOT NULL,
          is_read INTEGER NOT NULL DEFAULT 0,
          doubt INTEGER NOT NULL DEFAULT 0, -- the node's clock was known to be wrong: first_at is when it arrived
          PRIMARY KEY(node, passage)) STRICT, WITHOUT ROWID;
        CREATE INDEX passage_first_at ON passage(first_at, passage);
        -- is_read: a plate on no list. A hundred of them come for each alert, and a page of alerts must not wade through them.
        CREATE INDEX passage_alert ON passage(first_at, passage) WHERE is_read = 0;

        CREATE TABLE crop(
          id BLOB NOT NULL PRIMARY KEY, node TEXT NOT NULL, event BLOB NOT NULL, received_at INTEGER NOT NULL,
          jpeg BLOB NOT NULL) STRICT;
        CREATE INDEX crop_event ON crop(event);

        -- How far each node's numbering has come. epoch_no counts a node's epochs in the order in which the first message
        -- of each arrived: no clock, neither the node's nor ours, has a say in it. A hole below max_seq is
        -- not a gap: only a row in gap is, and what held counts as missing. pending is what message pending_seq told.
        CREATE TABLE node_state(
          node TEXT NOT NULL, epoch BLOB NOT NULL, epoch_no INTEGER NOT NULL, max_seq INTEGER NOT NULL,
          messages INTEGER NOT NULL, last_received_at INTEGER NOT NULL, pending INTEGER, pending_seq INTEGER NOT NULL DEFAULT 0,
          PRIMARY KEY(node, epoch)) STRICT, WITHOUT ROWID;
        -- first_seq, last_seq and count 0: a loss whose extent the node does not know.
        CREATE TABLE gap(
          message BLOB NOT NULL PRIMARY KEY, node TEXT NOT NULL, epoch BLOB NOT NULL,
          first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
          count INTEGER NOT NULL, reason TEXT NOT NULL, declared_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

        -- Which cameras are down, by the newest camera.down or camera.up: the one with the highest (epoch_no, seq).
        CREATE TABLE camera_state(
          node TEXT NOT NULL, camera TEXT NOT NULL, up INTEGER NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL,
          epoch_no INTEGER NOT NULL, seq INTEGER NOT NULL,
          PRIMARY KEY(node, camera)) STRICT, WITHOUT ROWID;

        -- Events that claim the id or the number of another one: each is a message as well, whose epoch is its own id there,
        -- so that it is shown like all others; here stands what number it claimed.
        CREATE TABLE conflict(
          node TEXT NOT NULL, id BLOB NOT NULL, epoch BLOB NOT NULL, seq INTEGER NOT NULL,
          received_at INTEGER NOT NULL, body TEXT NOT NULL,
          PRIMARY KEY(node, id)) STRICT, WITHOUT ROWID;
        """ + Held + Deleted;

    /// <summary>Turns version 2 into what <see cref="Sql"/> creates.</summary>
    public const string From2 = """
        ALTER TABLE node_state ADD COLUMN pending_seq INTEGER NOT NULL DEFAULT 0;
        """ + Held + From3;

    /// <summary>Turns version 3 into what <see cref="Sql"/> creates.</summary>
    public const string From3 = """

        ALTER TABLE passage ADD COLUMN is_read INTEGER NOT NULL DEFAULT 0;
        UPDATE passage SET is_read = 1 WHERE (SELECT m.kind FROM message m WHERE m.id = passage.message) = 'plate.read';
        CREATE INDEX passage_alert ON passage(first_at, passage) WHERE is_read = 0;

        """ + From4;

    /// <summary>Turns version 4 into what <see cref="Sql"/> creates.</summary>
    public const string From4 = """

        ALTER TABLE passage ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0;
        """ + Deleted;

    private const string Deleted = """

        -- Numbers whose events were here and were deleted when their time was over: no holes.
        CREATE TABLE deleted(
          node TEXT NOT NULL, epoch BLOB NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
          PRIMARY KEY(node, epoch, first)) STRICT, WITHOUT ROWID;
        CREATE INDEX message_kind ON message(kind, received_at);
        CREATE INDEX crop_received ON crop(received_at);
        CREATE INDEX node_state_no ON node_state(node, epoch_no);

        """;

    private const string Held = """

        CREATE INDEX gap_node ON gap(node, epoch);
        -- What each node last said it holds of an epoch (low to high), and what of it is not here: awaited is within
        -- that, missing is below it and not declared.
        CREATE TABLE held(
          node TEXT NOT NULL, epoch BLOB NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL,
          compared_at INTEGER NOT NULL, awaited INTEGER NOT NULL, missing INTEGER NOT NULL,
          PRIMARY KEY(node, epoch)) STRICT, WITHOUT ROWID;

        """;
}
