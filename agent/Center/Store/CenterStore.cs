using Dapper;
using Microsoft.Data.Sqlite;
using Picket.Wire;

namespace Picket.Center.Store;

/// <summary>The center's database, as its one writer sees it: what was sent twice is stored once, and a commit is on
/// the disk.</summary>
/// <remarks>One thread at a time. Readers open <see cref="StoreReader"/>s beside it.</remarks>
internal sealed class CenterStore : IDisposable
{
    private readonly SqliteConnection _connection;
    private long _lastChange;

    private CenterStore(string path, SqliteConnection connection, long lastChange)
    {
        Path = path;
        _connection = connection;
        _lastChange = lastChange;
    }

    public string Path { get; }

    /// <summary>Opens the database, making it with mode 0600 if it is not there. SQLite gives its -wal and -shm files
    /// the same mode.</summary>
    /// <exception cref="CenterException">It can not be opened, is damaged, or of a newer build.</exception>
    public static CenterStore Open(string path)
    {
        SqliteConnection? connection = null;
        try
        {
            new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }).Dispose();
            connection = new SqliteConnection(ConnectionString(path, SqliteOpenMode.ReadWrite));
            connection.Open();
            connection.Execute("""
                PRAGMA auto_vacuum = INCREMENTAL; -- only before the first table, so that retention can give space back
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;        -- NORMAL may lose the last commits at a power cut, which were acknowledged
                PRAGMA temp_store = MEMORY;
                PRAGMA secure_delete = ON;        -- deleted faces are overwritten
                """);
            CreateTables(connection, path);
            return new CenterStore(
                path, connection, connection.ExecuteScalar<long?>("SELECT MAX(change) FROM passage") ?? 0);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            throw Unusable(path, e);
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }

    /// <summary>What a person is told when the database can not be worked with.</summary>
    internal static CenterException Unusable(string path, Exception e) => new(
        $"database {path}: {e.Message.TrimEnd('.')}; check the disk and the file's owner, "
            + "or move it aside and start again",
        inner: e);

    internal static string ConnectionString(string path, SqliteOpenMode mode) => new SqliteConnectionStringBuilder
    {
        DataSource = path,
        Mode = mode,
        Pooling = false,
        DefaultTimeout = 1, // nobody else writes; the inbox tries again
    }.ToString();

    /// <summary>Stores events and crops with all that follows from them in one transaction.</summary>
    /// <exception cref="SqliteException">Nothing was stored, for instance because the disk is full; the same batch
    /// may be tried again.</exception>
    public CommitResult Commit(
        IReadOnlyList<ReceivedEvent> events, IReadOnlyList<ReceivedCrop> crops, DateTimeOffset receivedAt)
    {
        var stored = new List<ReceivedEvent>();
        var acknowledged = new List<(string, Guid)>(events.Count + crops.Count);
        var conflicts = new List<ReceivedEvent>();
        var change = _lastChange;
        var now = UnixMicroseconds.From(receivedAt);

        using (var transaction = _connection.BeginTransaction())
        {
            foreach (var received in events)
            {
                var envelope = received.Envelope;
                if (InsertMessage(received, now, transaction))
                {
                    stored.Add(received);
                    ApplySideEffects(received, now, ref change, transaction);
                }
                else if (!IsDuplicate(envelope, transaction))
                {
                    KeepConflict(received, now, transaction);
                    conflicts.Add(received);
                }
                acknowledged.Add((envelope.Node, envelope.Id));
            }
            foreach (var crop in crops)
            {
                if (InsertCrop(crop, now, ref change, transaction)) acknowledged.Add((crop.Node, crop.Id));
            }
            transaction.Commit();
        }
        _lastChange = change;
        return new CommitResult(stored, acknowledged, conflicts, events.Count - stored.Count - conflicts.Count, change);
    }

    /// <summary>Whether this node's crop is stored already.</summary>
    public bool HasCrop(string node, Guid id) => HasCrop(node, id, null);

    public void Dispose() => _connection.Dispose();

    internal static byte[] Bytes(Guid id) => id.ToByteArray(bigEndian: true);

    private static void CreateTables(SqliteConnection connection, string path)
    {
        var version = connection.ExecuteScalar<long>("PRAGMA user_version");
        if (version == StoreSchema.Version) return;
        if (version != 0)
            throw new CenterException(
                $"database {path} has schema {version}, this build knows {StoreSchema.Version}; "
                    + "use the build that made it");
        using var transaction = connection.BeginTransaction();
        connection.Execute(StoreSchema.Sql + $"PRAGMA user_version = {StoreSchema.Version};", transaction: transaction);
        transaction.Commit();
    }

    private bool InsertMessage(ReceivedEvent received, long now, SqliteTransaction transaction)
    {
        var envelope = received.Envelope;
        return _connection.ExecuteScalar<long?>(
            """
            INSERT INTO message(id, node, epoch, seq, at, mono, camera, kind, passage, phase, rev, received_at, body)
            VALUES(@id, @Node, @epoch, @Seq, @at, @Mono, @Camera, @Kind, @passage, @phase, @Rev, @now, @BodyJson)
            ON CONFLICT DO NOTHING RETURNING 1
            """,
            new
            {
                id = Bytes(envelope.Id),
                envelope.Node,
                epoch = Bytes(envelope.Epoch),
                envelope.Seq,
                at = UnixMicroseconds.From(envelope.At),
                envelope.Mono,
                envelope.Camera,
                received.Kind,
                passage = envelope.Passage is { } passage ? Bytes(passage) : null,
                phase = envelope.Phase is { } phase ? WireNames.Of(phase) : null,
                envelope.Rev,
                now,
                received.BodyJson,
            },
            transaction) is not null;
    }

    private bool IsDuplicate(EventEnvelope envelope, SqliteTransaction transaction) =>
        _connection.ExecuteScalar<long>(
            "SELECT COUNT(*) FROM message WHERE id = @id AND node = @Node",
            new { id = Bytes(envelope.Id), envelope.Node },
            transaction) > 0;

    private void KeepConflict(ReceivedEvent received, long now, SqliteTransaction transaction)
    {
        var envelope = received.Envelope;
        _connection.Execute(
            """
            INSERT INTO conflict(node, id, epoch, seq, received_at, body) VALUES(@Node, @id, @epoch, @Seq, @now, @BodyJson)
            ON CONFLICT DO NOTHING
            """,
            new
            {
                envelope.Node,
                id = Bytes(envelope.Id),
                epoch = Bytes(envelope.Epoch),
                envelope.Seq,
                now,
                received.BodyJson,
            },
            transaction);
    }

    private void ApplySideEffects(ReceivedEvent received, long now, ref long change, SqliteTransaction transaction)
    {
        var envelope = received.Envelope;
        _connection.Execute(
            """
            INSERT INTO node_state(node, epoch, epoch_no, max_seq, messages, last_received_at, pending)
            VALUES(
              @Node, @epoch, (SELECT COALESCE(MAX(epoch_no), 0) + 1 FROM node_state WHERE node = @Node),
              @Seq, 1, @now, @pending)
            ON CONFLICT(node, epoch) DO UPDATE SET
              messages = messages + 1,
              last_received_at = excluded.last_received_at,
              pending = CASE WHEN excluded.max_seq > max_seq THEN COALESCE(excluded.pending, pending) ELSE pending END,
              max_seq = MAX(max_seq, excluded.max_seq)
            """,
            new
            {
                envelope.Node,
                epoch = Bytes(envelope.Epoch),
                envelope.Seq,
                now,
                pending = envelope.Body.Health?.OutboxPending,
            },
            transaction);
        if (envelope is { Passage: { } passage, Phase: { } phase })
            PutPassage(received, passage, phase, now, ++change, transaction);
        if (envelope.Body.Gap is { } gap) PutGap(envelope, gap, transaction);
        if (envelope is { Camera: { } camera, Body.CameraState: { } state })
            PutCameraState(envelope, camera, state, transaction);
    }

    private void PutPassage(
        ReceivedEvent received, Guid passage, PassagePhase phase, long now, long change, SqliteTransaction transaction)
    {
        var envelope = received.Envelope;
        var at = UnixMicroseconds.From(envelope.At);
        _connection.Execute(
            """
            INSERT INTO passage(node, passage, change, first_at, last_at, received_at, rev, phase, message, message_rev)
            VALUES(@Node, @passage, @change, @firstAt, @at, @now, @Rev, @phase, @id, @matterRev)
            ON CONFLICT(node, passage) DO UPDATE SET
              change = excluded.change,
              first_at = MIN(first_at, excluded.first_at),
              last_at = CASE WHEN excluded.rev > rev THEN excluded.last_at ELSE last_at END,
              phase = CASE WHEN excluded.rev > rev THEN excluded.phase ELSE phase END,
              rev = MAX(rev, excluded.rev),
              message = CASE WHEN excluded.message_rev > message_rev THEN excluded.message ELSE message END,
              message_rev = MAX(message_rev, excluded.message_rev)
            """,
            new
            {
                envelope.Node,
                passage = Bytes(passage),
                change,
                firstAt = Math.Min(at, now),
                at,
                now,
                envelope.Rev,
                phase = WireNames.Of(phase),
                id = Bytes(envelope.Id),
                matterRev = received.HasMatter ? envelope.Rev : -1,
            },
            transaction);
    }

    private void PutGap(EventEnvelope envelope, NodeGapBody gap, SqliteTransaction transaction) =>
        _connection.Execute(
            """
            INSERT INTO gap(message, node, epoch, first_seq, last_seq, count, reason, declared_at)
            VALUES(@id, @Node, @epoch, @FirstSeq, @LastSeq, @Count, @Reason, @at)
            """,
            new
            {
                id = Bytes(envelope.Id),
                envelope.Node,
                epoch = Bytes(gap.Epoch),
                gap.FirstSeq,
                gap.LastSeq,
                gap.Count,
                gap.Reason,
                at = UnixMicroseconds.From(envelope.At),
            },
            transaction);

    /// <summary>The node's own numbering says what is newest: a wall clock that ran ahead for a while would freeze the
    /// state.</summary>
    private void PutCameraState(
        EventEnvelope envelope, string camera, CameraStateBody state, SqliteTransaction transaction) =>
        _connection.Execute(
            """
            INSERT INTO camera_state(node, camera, up, at, reason, epoch_no, seq)
            SELECT @Node, @camera, @up, @at, @Reason, epoch_no, @Seq FROM node_state WHERE node = @Node AND epoch = @epoch
            ON CONFLICT(node, camera) DO UPDATE SET
              up = excluded.up, at = excluded.at, reason = excluded.reason,
              epoch_no = excluded.epoch_no, seq = excluded.seq
            WHERE (excluded.epoch_no, excluded.seq) > (camera_state.epoch_no, camera_state.seq)
            """,
            new
            {
                envelope.Node,
                camera,
                up = envelope.Kind == EventKind.CameraUp,
                at = UnixMicroseconds.From(envelope.At),
                state.Reason,
                epoch = Bytes(envelope.Epoch),
                envelope.Seq,
            },
            transaction);

    /// <summary>False when another node's crop has the id: then it is not this node's to be acknowledged.</summary>
    private bool InsertCrop(ReceivedCrop crop, long now, ref long change, SqliteTransaction transaction)
    {
        var inserted = _connection.ExecuteScalar<long?>(
            """
            INSERT INTO crop(id, node, event, received_at, jpeg) VALUES(@id, @Node, @event, @now, @Jpeg)
            ON CONFLICT DO NOTHING RETURNING 1
            """,
            new { id = Bytes(crop.Id), crop.Node, @event = Bytes(crop.Event), now, crop.Jpeg },
            transaction) is not null;
        if (!inserted) return HasCrop(crop.Node, crop.Id, transaction);
        var changed = _connection.Execute(
            """
            UPDATE passage SET change = @next
            WHERE (node, passage) = (SELECT node, passage FROM message WHERE id = @event AND node = @Node AND passage IS NOT NULL)
            """,
            new { next = change + 1, @event = Bytes(crop.Event), crop.Node },
            transaction);
        if (changed > 0) change++;
        return true;
    }

    private bool HasCrop(string node, Guid id, SqliteTransaction? transaction) =>
        _connection.ExecuteScalar<long>(
            "SELECT COUNT(*) FROM crop WHERE id = @id AND node = @node", new { id = Bytes(id), node }, transaction) > 0;
}
