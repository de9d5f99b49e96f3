using Npgsql;
using NpgsqlTypes;
using Picket.Wire;

namespace Picket.Center.Store;

/// <summary>The center's database on a PostgreSQL server: for centers that have one, with its backups and
/// standbys.</summary>
/// <remarks>A batch of events takes a handful of statements on arrays, not hundreds on rows: two round trips, whatever it
/// contains. The server may go away and come back at any time; each commit takes a connection that works.</remarks>
internal sealed class PostgresStore : CenterStore
{
    /// <summary>Of <c>pg_advisory_xact_lock</c>: "picket" in ASCII. Writers take turns, so that what has a higher
    /// change number is committed later.</summary>
    private const long WriterLock = 0x7069636B6574;

    private readonly NpgsqlDataSource _source;

    private PostgresStore(PostgresAddress address, NpgsqlDataSource source)
    {
        Place = address.Place;
        _source = source;
        Reader = new PostgresReader(source);
    }

    public override string Place { get; }

    public override StoreReader Reader { get; }

    /// <summary>Opens the database, making the tables if it is empty.</summary>
    /// <exception cref="PicketException">The server can't be reached, refuses, does not keep what it commits, or the
    /// tables are from another build.</exception>
    public static PostgresStore Open(PostgresAddress address)
    {
        var source = NpgsqlDataSource.Create(address.ConnectionString);
        try
        {
            using var connection = source.OpenConnection();
            RequireDurable(connection, address.Place);
            CreateTables(connection, address.Place);
            return new PostgresStore(address, source);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            source.Dispose();
            throw Unusable(address.Place, e);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public override PicketException Unusable(Exception e) => Unusable(Place, e);

    public override StoreFault FaultOf(Exception e) => Fault(e);

    /// <summary>As <see cref="FaultOf"/>. Codes: PostgreSQL's manual, appendix A.</summary>
    internal static StoreFault Fault(Exception e) => e switch
    {
        PostgresException { SqlState: "58030" } => StoreFault.Disk, // io_error
        // Connection lost; resources (53100 is a full disk); the server stops, starts or is recovering; another transaction
        // was first; a lock; canceled by an administrator; read-only while a standby takes over.
        PostgresException
        {
            SqlState: ['0', '8', ..] or ['5', '3', ..] or ['5', '7', 'P', ..] or ['4', '0', ..]
            or "55P03" or "57014" or "25006"
        } => StoreFault.Passing,
        // A value that can't be stored, a row that contradicts another, a limit of the program.
        PostgresException { SqlState: ['2', '2', ..] or ['2', '3', ..] or ['5', '4', ..] } => StoreFault.Content,
        PostgresException => StoreFault.Lasting,
        NpgsqlException or TimeoutException => StoreFault.Passing, // no server, or no answer from it
        _ => StoreFault.None,
    };

    protected override async Task<CommitResult> CommitAloneAsync(
        IReadOnlyList<ReceivedEvent> events, IReadOnlyList<ReceivedCrop> crops, long now, CancellationToken cancel)
    {
        await using var connection = await _source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var (change, inserted) = await InsertMessagesAsync(connection, events, now, cancel);
        var stored = new List<ReceivedEvent>();
        var others = new List<ReceivedEvent>();
        foreach (var received in events)
            (inserted.Remove((received.Envelope.Id, received.Envelope.Node)) ? stored : others).Add(received);
        var conflicts = await KeepConflictsAsync(connection, others, now, cancel);
        change = await ApplyAsync(connection, new CommitEffects(stored.Concat(conflicts), now), now, change, cancel);
        var acknowledged = events.Select(received => (received.Envelope.Node, received.Envelope.Id)).ToList();
        if (crops.Count > 0)
        {
            var (last, owned) = await InsertCropsAsync(connection, crops, now, change, cancel);
            change = last;
            acknowledged.AddRange(owned);
        }
        await transaction.CommitAsync(cancel);
        return new CommitResult(stored, acknowledged, conflicts, others.Count - conflicts.Count, change);
    }

    protected override async Task<int> DeleteAloneAsync(Func<ExpiredRows, int> work, CancellationToken cancel)
    {
        await using var connection = await _source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await using (var turn = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1)", connection))
        {
            turn.Parameters.Add(Of(WriterLock));
            await turn.ExecuteNonQueryAsync(cancel);
        }
        var deleted = work(new ExpiredRows(connection, transaction));
        await transaction.CommitAsync(cancel);
        return deleted;
    }

    protected override async Task<bool> HasCropAloneAsync(string node, Guid id, CancellationToken cancel)
    {
        await using var command = _source.CreateCommand("SELECT 1 FROM crop WHERE id = $1 AND node = $2");
        command.Parameters.AddRange(new NpgsqlParameter[] { Of(id), Of(node) });
        return await command.ExecuteScalarAsync(cancel) is not null;
    }

    protected override async Task PutHeldAloneAsync(IReadOnlyList<HeldRow> held, CancellationToken cancel)
    {
        await using var command = _source.CreateCommand("""
            INSERT INTO held(node, epoch, low, high, compared_at, awaited, missing)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT(node, epoch) DO UPDATE SET
              low = excluded.low, high = excluded.high, compared_at = excluded.compared_at,
              awaited = excluded.awaited, missing = excluded.missing
            """);
        command.Parameters.AddRange(new NpgsqlParameter[]
        {
            Of(held.Select(row => row.Node)), Of(held.Select(row => row.Epoch)), Of(held.Select(row => row.Low)),
            Of(held.Select(row => row.High)), Of(held.Select(row => row.ComparedAt)),
            Of(held.Select(row => row.Awaited)), Of(held.Select(row => row.Missing)),
        });
        await command.ExecuteNonQueryAsync(cancel);
    }

    protected override void Close() => _source.Dispose();

    /// <summary>Takes the writers' turn and stores what is new.</summary>
    /// <returns>The newest change, and the ids and nodes of what was stored.</returns>
    private static async Task<(long Change, HashSet<(Guid Id, string Node)> Inserted)> InsertMessagesAsync(
        NpgsqlConnection connection, IReadOnlyList<ReceivedEvent> events, long now, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, "SELECT pg_advisory_xact_lock($1)", Of(WriterLock));
        Add(batch, "SELECT COALESCE(MAX(change), 0) FROM passage");
        Add(batch, InsertMessage, MessagesOf(events, now));
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        await reader.NextResultAsync(cancel);
        await reader.ReadAsync(cancel);
        var change = reader.GetInt64(0);
        await reader.NextResultAsync(cancel);
        return (change, await InsertedAsync(reader, cancel));
    }

    private static async Task<HashSet<(Guid Id, string Node)>> InsertedAsync(NpgsqlDataReader reader, CancellationToken cancel)
    {
        var inserted = new HashSet<(Guid, string)>();
        while (await reader.ReadAsync(cancel)) inserted.Add((reader.GetGuid(0), reader.GetString(1)));
        return inserted;
    }

    /// <summary>A conflict has its own id in place of its epoch: no number is taken there.</summary>
    private static NpgsqlParameter[] MessagesOf(IReadOnlyList<ReceivedEvent> events, long now)
    {
        var all = events.Select(received => received.Envelope);
        return
        [
            Of(all.Select(e => e.Id)), Of(all.Select(e => e.Node)),
            Of(events.Select(e => e.IsConflict ? e.Envelope.Id : e.Envelope.Epoch)),
            Of(all.Select(e => e.Seq)), Of(all.Select(e => UnixMicroseconds.From(e.At))), Of(all.Select(e => e.Mono)),
            Of(all.Select(e => e.Camera)), Of(events.Select(e => e.Kind)), Of(all.Select(e => e.Passage)),
            Of(all.Select(e => e.Phase is { } phase ? WireNames.Of(phase) : null)), Of(all.Select(e => (long)e.Rev)),
            Of(events.Select(e => e.BodyJson)), Of(now),
        ];
    }

    /// <summary>Of the events that were not stored, keeps aside those that are not mere duplicates.</summary>
    private static async Task<IReadOnlyList<ReceivedEvent>> KeepConflictsAsync(
        NpgsqlConnection connection, List<ReceivedEvent> others, long now, CancellationToken cancel)
    {
        if (others.Count == 0) return [];
        var known = new HashSet<(Guid, string)>();
        await using (var look = new NpgsqlCommand(
            "SELECT m.id, m.node FROM unnest($1, $2) AS e(id, node) JOIN message m ON m.id = e.id AND m.node = e.node",
            connection))
        {
            look.Parameters.AddRange(new NpgsqlParameter[]
            {
                Of(others.Select(e => e.Envelope.Id)), Of(others.Select(e => e.Envelope.Node)),
            });
            await using var reader = await look.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel)) known.Add((reader.GetGuid(0), reader.GetString(1)));
        }
        var conflicts = others.Where(e => !known.Contains((e.Envelope.Id, e.Envelope.Node))).ToArray();
        if (conflicts.Length == 0) return [];
        await using var keep = new NpgsqlCommand(
            """
            INSERT INTO conflict(node, id, epoch, seq, received_at, body)
            SELECT node, id, epoch, seq, $6, body FROM unnest($1, $2, $3, $4, $5) AS e(node, id, epoch, seq, body)
            ON CONFLICT DO NOTHING RETURNING id, node
            """,
            connection);
        keep.Parameters.AddRange(new NpgsqlParameter[]
        {
            Of(conflicts.Select(e => e.Envelope.Node)), Of(conflicts.Select(e => e.Envelope.Id)),
            Of(conflicts.Select(e => e.Envelope.Epoch)), Of(conflicts.Select(e => e.Envelope.Seq)),
            Of(conflicts.Select(e => e.BodyJson)), Of(now),
        });
        HashSet<(Guid Id, string Node)> isNew;
        await using (var reader = await keep.ExecuteReaderAsync(cancel)) isNew = await InsertedAsync(reader, cancel);
        // The same event twice in a batch counts once.
        var kept = conflicts.Where(e => isNew.Remove((e.Envelope.Id, e.Envelope.Node)))
            .Select(e => e with { IsConflict = true }).ToList();
        var inserted = await InsertConflictsAsync(connection, kept, now, cancel);
        // Another node has this id: the event gets a new one.
        var renamed = kept.FindAll(e => !inserted.Contains((e.Envelope.Id, e.Envelope.Node)))
            .ConvertAll(e => e with { Envelope = e.Envelope with { Id = Guid.CreateVersion7() } });
        await InsertConflictsAsync(connection, renamed, now, cancel);
        return [.. kept.Where(e => inserted.Contains((e.Envelope.Id, e.Envelope.Node))), .. renamed];
    }

    private static async Task<HashSet<(Guid Id, string Node)>> InsertConflictsAsync(
        NpgsqlConnection connection, List<ReceivedEvent> events, long now, CancellationToken cancel)
    {
        if (events.Count == 0) return [];
        await using var insert = new NpgsqlCommand(InsertMessage, connection);
        insert.Parameters.AddRange(MessagesOf(events, now));
        await using var reader = await insert.ExecuteReaderAsync(cancel);
        return await InsertedAsync(reader, cancel);
    }

    /// <returns>The newest change.</returns>
    private static async Task<long> ApplyAsync(
        NpgsqlConnection connection, CommitEffects effects, long now, long change, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        if (effects.Numberings.Count > 0)
            Add(
                batch, PutNumberings,
                Of(effects.Numberings.Select(n => n.Node)), Of(effects.Numberings.Select(n => n.Epoch)),
                Of(effects.Numberings.Select(n => n.MaxSeq)), Of(effects.Numberings.Select(n => n.Messages)),
                Of(effects.Numberings.Select(n => n.Pending)), Of(effects.Numberings.Select(n => n.PendingSeq)), Of(now));
        if (effects.Passages.Count > 0)
            Add(
                batch, PutPassages,
                Of(effects.Passages.Select(p => p.Node)), Of(effects.Passages.Select(p => p.Passage)),
                Of(effects.Passages.Select(_ => ++change)), Of(effects.Passages.Select(p => p.FirstAt)),
                Of(effects.Passages.Select(p => p.LastAt)), Of(effects.Passages.Select(p => (long)p.Rev)),
                Of(effects.Passages.Select(p => p.Phase)), Of(effects.Passages.Select(p => p.Message)),
                Of(effects.Passages.Select(p => (long)p.MessageRev)), Of(now),
                Of(effects.Passages.Select(p => p.IsRead ? 1L : 0)),
                Of(effects.Passages.Select(p => p.IsClockInDoubt ? 1L : 0)));
        if (effects.Gaps.Count > 0)
            Add(
                batch,
                """
                INSERT INTO gap(message, node, epoch, first_seq, last_seq, count, reason, declared_at)
                SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
                """,
                Of(effects.Gaps.Select(g => g.Envelope.Id)), Of(effects.Gaps.Select(g => g.Envelope.Node)),
                Of(effects.Gaps.Select(g => g.Gap.Epoch)), Of(effects.Gaps.Select(g => g.Gap.FirstSeq)),
                Of(effects.Gaps.Select(g => g.Gap.LastSeq)), Of(effects.Gaps.Select(g => g.Gap.Count)),
                Of(effects.Gaps.Select(g => Storable(g.Gap.Reason))),
                Of(effects.Gaps.Select(g => UnixMicroseconds.From(g.Envelope.At))));
        if (effects.CameraStates.Count > 0)
            Add(
                batch, PutCameraStates,
                Of(effects.CameraStates.Select(c => c.Envelope.Node)),
                Of(effects.CameraStates.Select(c => c.Envelope.Camera)),
                Of(effects.CameraStates.Select(c => c.Envelope.Kind == EventKind.CameraUp)),
                Of(effects.CameraStates.Select(c => UnixMicroseconds.From(c.Envelope.At))),
                Of(effects.CameraStates.Select(c => Storable(c.State.Reason))),
                Of(effects.CameraStates.Select(c => c.Envelope.Epoch)),
                Of(effects.CameraStates.Select(c => c.Envelope.Seq)));
        foreach (var list in effects.CameraLists)
            Add(batch, ForgetCameras, Of(list.Node), Of(list.Epoch), Of(list.Seq), Of(list.Cameras));
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(cancel);
        return change;
    }

    /// <returns>The newest change, and the crops that are stored as their node's: another node's must not be
    /// acknowledged.</returns>
    private static async Task<(long Change, List<(string Node, Guid Id)> Owned)> InsertCropsAsync(
        NpgsqlConnection connection, IReadOnlyList<ReceivedCrop> crops, long now, long change, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        var (ids, nodes) = (crops.Select(crop => crop.Id), crops.Select(crop => crop.Node));
        Add(
            batch,
            """
            WITH added AS (
              INSERT INTO crop(id, node, event, received_at, jpeg)
              SELECT id, node, event, $5, jpeg FROM unnest($1, $2, $3, $4) AS c(id, node, event, jpeg)
              ON CONFLICT DO NOTHING RETURNING node, event),
            touched AS (
              SELECT DISTINCT m.node, m.passage FROM added a JOIN message m ON m.id = a.event AND m.node = a.node
              WHERE m.passage IS NOT NULL),
            numbered AS (SELECT node, passage, $6 + ROW_NUMBER() OVER () AS change FROM touched)
            UPDATE passage p SET change = n.change FROM numbered n WHERE p.node = n.node AND p.passage = n.passage
            RETURNING p.change
            """,
            Of(ids), Of(nodes), Of(crops.Select(crop => crop.Event)), Of(crops.Select(crop => crop.Jpeg)), Of(now),
            Of(change));
        Add(
            batch,
            "SELECT c.node, c.id FROM unnest($1, $2) AS a(id, node) JOIN crop c ON c.id = a.id AND c.node = a.node",
            Of(ids), Of(nodes));
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) change = Math.Max(change, reader.GetInt64(0));
        await reader.NextResultAsync(cancel);
        var owned = new List<(string, Guid)>();
        while (await reader.ReadAsync(cancel)) owned.Add((reader.GetString(0), reader.GetGuid(1)));
        return (change, owned);
    }

    /// <summary>A server that answers before it has written loses acknowledged events at a power cut.</summary>
    private static void RequireDurable(NpgsqlConnection connection, string place)
    {
        foreach (var (setting, bad) in new[] { ("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off") })
        {
            using var command = new NpgsqlCommand($"SHOW {setting}", connection);
            if ((string?)command.ExecuteScalar() == bad)
                throw new PicketException(
                    $"database {place}: {setting} is {bad}, so a power cut loses what was acknowledged; set it to on");
        }
    }

    private static void CreateTables(NpgsqlConnection connection, string place)
    {
        using var transaction = connection.BeginTransaction();
        using (var turn = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1)", connection))
        {
            turn.Parameters.Add(Of(WriterLock));
            turn.ExecuteNonQuery();
        }
        using var look = new NpgsqlCommand("SELECT to_regclass('picket_schema') IS NOT NULL", connection);
        if (look.ExecuteScalar() is true)
        {
            using var read = new NpgsqlCommand("SELECT version FROM picket_schema", connection);
            var version = read.ExecuteScalar();
            if (version is 1 or 2)
            {
                using var raise = new NpgsqlCommand(
                    (version is 1 ? PostgresSchema.From1 : PostgresSchema.From2)
                        + $"UPDATE picket_schema SET version = {PostgresSchema.Version};",
                    connection);
                raise.ExecuteNonQuery();
            }
            else if (version is not PostgresSchema.Version)
                throw new PicketException(
                    $"database {place} has tables from another build, this one knows schema {PostgresSchema.Version}; "
                        + "use the build that made them");
        }
        else
        {
            using var create = new NpgsqlCommand(
                PostgresSchema.Sql + $"INSERT INTO picket_schema VALUES({PostgresSchema.Version});", connection);
            create.ExecuteNonQuery();
        }
        transaction.Commit();
    }

    private static PicketException Unusable(string place, Exception e) => new(
        $"database {place}: {e.Message.TrimEnd('.')}{(e.InnerException is { } inner ? $" ({inner.Message})" : "")}; "
            + "check that the server runs and lets this user in",
        inner: e);

    /// <summary>PostgreSQL can't store text with a zero character (the message's own text keeps it, escaped).</summary>
    private static string Storable(string text) => text.Replace('\0', '?');

    private static void Add(NpgsqlBatch batch, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
    }

    private static NpgsqlParameter Of(Guid value) => new NpgsqlParameter<Guid> { TypedValue = value };

    private static NpgsqlParameter Of(string value) => new NpgsqlParameter<string> { TypedValue = value };

    private static NpgsqlParameter Of(long value) => new NpgsqlParameter<long> { TypedValue = value };

    private static NpgsqlParameter Of(IEnumerable<string?> values) => OfAll(values, NpgsqlDbType.Text);

    private static NpgsqlParameter Of(IEnumerable<long> values) => OfAll(values, NpgsqlDbType.Bigint);

    private static NpgsqlParameter Of(IEnumerable<long?> values) => OfAll(values, NpgsqlDbType.Bigint);

    private static NpgsqlParameter Of(IEnumerable<bool> values) => OfAll(values, NpgsqlDbType.Boolean);

    private static NpgsqlParameter Of(IEnumerable<Guid> values) => OfAll(values, NpgsqlDbType.Uuid);

    private static NpgsqlParameter Of(IEnumerable<Guid?> values) => OfAll(values, NpgsqlDbType.Uuid);

    private static NpgsqlParameter Of(IEnumerable<byte[]> values) => OfAll(values, NpgsqlDbType.Bytea);

    private static NpgsqlParameter<T[]> OfAll<T>(IEnumerable<T> values, NpgsqlDbType type) =>
        new() { TypedValue = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };

    private const string InsertMessage = """
        INSERT INTO message(id, node, epoch, seq, at, mono, camera, kind, passage, phase, rev, received_at, body)
        SELECT id, node, epoch, seq, at, mono, camera, kind, passage, phase, rev, $13, body
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS
          e(id, node, epoch, seq, at, mono, camera, kind, passage, phase, rev, body)
        ON CONFLICT DO NOTHING RETURNING id, node
        """;

    // A node's epochs are numbered in the order in which they arrived; ordinality is the order within the batch.
    private const string PutNumberings = """
        INSERT INTO node_state AS s(node, epoch, epoch_no, max_seq, messages, last_received_at, pending, pending_seq)
        SELECT node, epoch,
          (SELECT COALESCE(MAX(epoch_no), 0) FROM node_state o WHERE o.node = e.node)
            + ROW_NUMBER() OVER (PARTITION BY node ORDER BY place),
          max_seq, messages, $7, pending, pending_seq
        FROM unnest($1, $2, $3, $4, $5, $6) WITH ORDINALITY AS
          e(node, epoch, max_seq, messages, pending, pending_seq, place)
        ON CONFLICT(node, epoch) DO UPDATE SET
          messages = s.messages + excluded.messages,
          last_received_at = excluded.last_received_at,
          pending = CASE WHEN excluded.pending_seq > s.pending_seq THEN excluded.pending ELSE s.pending END,
          pending_seq = GREATEST(s.pending_seq, excluded.pending_seq),
          max_seq = GREATEST(s.max_seq, excluded.max_seq)
        """;

    private const string PutPassages = """
        INSERT INTO passage AS p(
          node, passage, change, first_at, last_at, received_at, rev, phase, message, message_rev, is_read, doubt)
        SELECT node, passage, change, first_at, last_at, $10, rev, phase, message, message_rev, is_read, doubt
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $11, $12) AS
          e(node, passage, change, first_at, last_at, rev, phase, message, message_rev, is_read, doubt)
        ON CONFLICT(node, passage) DO UPDATE SET
          change = excluded.change,
          first_at = LEAST(p.first_at, excluded.first_at),
          doubt = GREATEST(p.doubt, excluded.doubt),
          last_at = CASE WHEN excluded.rev > p.rev THEN excluded.last_at ELSE p.last_at END,
          phase = CASE WHEN excluded.rev > p.rev THEN excluded.phase ELSE p.phase END,
          rev = GREATEST(p.rev, excluded.rev),
          message = CASE WHEN excluded.message_rev > p.message_rev THEN excluded.message ELSE p.message END,
          message_rev = GREATEST(p.message_rev, excluded.message_rev)
        """;

    private const string ForgetCameras = """
        DELETE FROM camera_state WHERE node = $1
          AND (epoch_no, seq) < ((SELECT s.epoch_no FROM node_state s WHERE s.node = $1 AND s.epoch = $2), $3)
          AND NOT (camera = ANY($4))
        """;

    // Of several states of a camera in the batch, the newest by the node's own numbering: a row can only be written once.
    private const string PutCameraStates = """
        INSERT INTO camera_state AS c(node, camera, up, at, reason, epoch_no, seq)
        SELECT DISTINCT ON (e.node, e.camera) e.node, e.camera, e.up, e.at, e.reason, s.epoch_no, e.seq
        FROM unnest($1, $2, $3, $4, $5, $6, $7) AS e(node, camera, up, at, reason, epoch, seq)
        JOIN node_state s ON s.node = e.node AND s.epoch = e.epoch
        ORDER BY e.node, e.camera, s.epoch_no DESC, e.seq DESC
        ON CONFLICT(node, camera) DO UPDATE SET
          up = excluded.up, at = excluded.at, reason = excluded.reason,
          epoch_no = excluded.epoch_no, seq = excluded.seq
        WHERE (excluded.epoch_no, excluded.seq) > (c.epoch_no, c.seq)
        """;
}
