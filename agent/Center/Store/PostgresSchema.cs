namespace Picket.Center.Store;

/// <summary>The tables of the PostgreSQL database; <see cref="SqliteSchema"/> explains them. Moments are
/// <see cref="UnixMicroseconds"/> in both, so that one query serves both.</summary>
internal static class PostgresSchema
{
    public const int Version = 3;

    // Names are compared byte by byte ("C"), as SQLite does: the pages are the same, and the indexes faster.
    public const string Sql = """
        CREATE TABLE message(
          id uuid NOT NULL PRIMARY KEY,
          node text COLLATE "C" NOT NULL, epoch uuid NOT NULL, seq bigint NOT NULL,
          at bigint NOT NULL, mono bigint NOT NULL,
          camera text COLLATE "C", kind text COLLATE "C" NOT NULL, passage uuid, phase text COLLATE "C",
          rev bigint NOT NULL, received_at bigint NOT NULL, body text NOT NULL,
          UNIQUE(node, epoch, seq));
        CREATE INDEX message_passage ON message(node, passage, rev) WHERE passage IS NOT NULL;

        -- A page is filled to 70 %: a passage is updated a few times, in place while there is room (HOT) but for the
        -- index of change.
        CREATE TABLE passage(
          node text COLLATE "C" NOT NULL, passage uuid NOT NULL,
          change bigint NOT NULL UNIQUE, first_at bigint NOT NULL, last_at bigint NOT NULL, received_at bigint NOT NULL,
          rev bigint NOT NULL, phase text COLLATE "C" NOT NULL, message uuid NOT NULL, message_rev bigint NOT NULL,
          is_read bigint NOT NULL DEFAULT 0,
          doubt bigint NOT NULL DEFAULT 0,
          PRIMARY KEY(node, passage)) WITH (fillfactor = 70);
        CREATE INDEX passage_first_at ON passage(first_at, passage);
        CREATE INDEX passage_alert ON passage(first_at, passage) WHERE is_read = 0;

        CREATE TABLE crop(
          id uuid NOT NULL PRIMARY KEY, node text COLLATE "C" NOT NULL, event uuid NOT NULL, received_at bigint NOT NULL,
          jpeg bytea NOT NULL);
        ALTER TABLE crop ALTER COLUMN jpeg SET STORAGE EXTERNAL; -- a JPEG does not get smaller
        CREATE INDEX crop_event ON crop(event);

        CREATE TABLE node_state(
          node text COLLATE "C" NOT NULL, epoch uuid NOT NULL, epoch_no bigint NOT NULL, max_seq bigint NOT NULL,
          messages bigint NOT NULL, last_received_at bigint NOT NULL, pending bigint, pending_seq bigint NOT NULL,
          PRIMARY KEY(node, epoch)) WITH (fillfactor = 50);
        CREATE TABLE gap(
          message uuid NOT NULL PRIMARY KEY, node text COLLATE "C" NOT NULL, epoch uuid NOT NULL,
          first_seq bigint NOT NULL, last_seq bigint NOT NULL,
          count bigint NOT NULL, reason text NOT NULL, declared_at bigint NOT NULL);
        CREATE INDEX gap_node ON gap(node, epoch);
        CREATE TABLE held(
          node text COLLATE "C" NOT NULL, epoch uuid NOT NULL, low bigint NOT NULL, high bigint NOT NULL,
          compared_at bigint NOT NULL, awaited bigint NOT NULL, missing bigint NOT NULL,
          PRIMARY KEY(node, epoch));

        CREATE TABLE camera_state(
          node text COLLATE "C" NOT NULL, camera text COLLATE "C" NOT NULL, up boolean NOT NULL, at bigint NOT NULL,
          reason text NOT NULL, epoch_no bigint NOT NULL, seq bigint NOT NULL,
          PRIMARY KEY(node, camera));

        CREATE TABLE conflict(
          node text COLLATE "C" NOT NULL, id uuid NOT NULL, epoch uuid NOT NULL, seq bigint NOT NULL,
          received_at bigint NOT NULL, body text NOT NULL,
          PRIMARY KEY(node, id));

        CREATE TABLE picket_schema(version integer NOT NULL);
        """ + Deleted;

    /// <summary>Turns version 2 into what <see cref="Sql"/> creates.</summary>
    public const string From2 = """

        ALTER TABLE passage ADD COLUMN doubt bigint NOT NULL DEFAULT 0;
        """ + Deleted;

    private const string Deleted = """

        CREATE TABLE deleted(
          node text COLLATE "C" NOT NULL, epoch uuid NOT NULL, first bigint NOT NULL, last bigint NOT NULL,
          PRIMARY KEY(node, epoch, first));
        CREATE INDEX message_kind ON message(kind, received_at);
        CREATE INDEX crop_received ON crop(received_at);
        CREATE INDEX node_state_no ON node_state(node, epoch_no);

        """;

    /// <summary>Turns version 1 into what <see cref="Sql"/> creates.</summary>
    public const string From1 = """
        ALTER TABLE passage ADD COLUMN is_read bigint NOT NULL DEFAULT 0;
        UPDATE passage SET is_read = 1 FROM message m WHERE m.id = passage.message AND m.kind = 'plate.read';
        CREATE INDEX passage_alert ON passage(first_at, passage) WHERE is_read = 0;
        """ + From2;
}
