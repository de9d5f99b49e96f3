using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace Picket.Center.Store;

/// <summary>The center's database in a file of its own: for one center on one machine.</summary>
internal sealed class SqliteStore : CenterStore
{
    private readonly SqliteConnection _connection;
    private readonly SqliteStatement _insertMessage;
    private readonly SqliteStatement _findMessage;
    private readonly SqliteStatement _insertConflict;
    private readonly SqliteStatement _putNumbering;
    private readonly SqliteStatement _putPassage;
    private readonly SqliteStatement _insertGap;
    private readonly SqliteStatement _putCameraState;
    private readonly SqliteStatement _forgetCameras;
    private readonly SqliteStatement _insertCrop;
    private readonly SqliteStatement _findCrop;
    private readonly SqliteStatement _touchPassage;
    private readonly SqliteStatement _putHeld;

    private SqliteStore(string path, SafeFileHandle file, SqliteConnection connection)
    {
        (_file, _name) = (file, NameOf(file));
        Place = path;
        Reader = new SqliteReader(path);
        _connection = connection;
        _insertMessage = new SqliteStatement(connection, InsertMessage, 13);
        _findMessage = new SqliteStatement(connection, "SELECT 1 FROM message WHERE id = ?1 AND node = ?2", 2);
        _insertConflict = new SqliteStatement(connection, InsertConflict, 6);
        _putNumbering = new SqliteStatement(connection, PutNumbering, 7);
        _putPassage = new SqliteStatement(connection, PutPassage, 12);
        _insertGap = new SqliteStatement(connection, InsertGap, 8);
        _putCameraState = new SqliteStatement(connection, PutCameraState, 7);
        _forgetCameras = new SqliteStatement(connection, ForgetCameras, 4);
        _insertCrop = new SqliteStatement(connection, InsertCrop, 5);
        _findCrop = new SqliteStatement(connection, "SELECT 1 FROM crop WHERE id = ?1 AND node = ?2", 2);
        _touchPassage = new SqliteStatement(connection, TouchPassage, 3);
        _putHeld = new SqliteStatement(connection, PutHeldSql, 7);
    }

    /// <summary>Open as long as the database is: it shows another name once the file is removed or replaced.</summary>
    private readonly SafeFileHandle _file;
    private readonly string? _name;

    public override string Place { get; }

    public override StoreReader Reader { get; }

    /// <summary>Opens the database, creating it with mode 0600 if it does not exist. SQLite gives its -wal and -shm files
    /// the same mode.</summary>
    /// <exception cref="PicketException">It can't be opened, is damaged, or is from a newer build.</exception>
    public static new SqliteStore Open(string path)
    {
        SqliteConnection? connection = null;
        SafeFileHandle? file = null;
        try
        {
            new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }).Dispose();
            // Before SQLite has a lock on it, and closed after: closing any handle of a file gives up its locks.
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            connection = new SqliteConnection(ConnectionString(path, SqliteOpenMode.ReadWrite));
            connection.Open();
            connection.Execute("""
                PRAGMA auto_vacuum = INCREMENTAL; -- only before the first table, so that retention can give space back
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;        -- NORMAL may lose the last commits at a power cut, which were acknowledged
                PRAGMA temp_store = MEMORY;
                PRAGMA secure_delete = ON;        -- deleted faces are overwritten
                PRAGMA cache_size = -65536;       -- 64 MiB: the pages in which each of 2,000 nodes writes its next number
                PRAGMA wal_autocheckpoint = 8000; -- 32 MB: not every commit of a busy site pays for a checkpoint's syncs
                """);
            CreateTables(connection, path);
            return new SqliteStore(path, file, connection);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            file?.Dispose();
            throw Unusable(path, e);
        }
        catch
        {
            connection?.Dispose();
            file?.Dispose();
            throw;
        }
    }

    public override PicketException Unusable(Exception e) => Unusable(Place, e);

    public override StoreFault FaultOf(Exception e) => e is not SqliteException sqlite
        ? StoreFault.None
        : sqlite.SqliteErrorCode switch
        {
            ResultCode.TooBig or ResultCode.Constraint or ResultCode.Mismatch => StoreFault.Content,
            ResultCode.Busy or ResultCode.Full => StoreFault.Passing,
            // A disk that the kernel has remounted read-only may come back; a file that was moved away stays away.
            ResultCode.ReadOnly when sqlite.SqliteExtendedErrorCode != ResultCode.ReadOnlyMoved => StoreFault.Passing,
            ResultCode.IoError => StoreFault.Disk,
            _ => StoreFault.Lasting,
        };

    internal static string ConnectionString(string path, SqliteOpenMode mode) => new SqliteConnectionStringBuilder
    {
        DataSource = path,
        Mode = mode,
        Pooling = false,
        DefaultTimeout = 1, // an import's batch is written in less; the inbox tries again
    }.ToString();

    // SQLite works in the caller's thread: nothing here waits for anything except the disk.
    protected override Task<CommitResult> CommitAloneAsync(
        IReadOnlyList<ReceivedEvent> events, IReadOnlyList<ReceivedCrop> crops, long now, CancellationToken cancel)
    {
        var stored = new List<ReceivedEvent>();
        var acknowledged = new List<(string, Guid)>(events.Count + crops.Count);
        var conflicts = new List<ReceivedEvent>();
        using var transaction = _connection.BeginTransaction(); // BEGIN IMMEDIATE: the change below stays the newest
        var change = _connection.ExecuteScalar<long?>("SELECT MAX(change) FROM passage", transaction: transaction) ?? 0;
        foreach (var received in events)
        {
            var envelope = received.Envelope;
            if (Insert(received, now, transaction)) stored.Add(received);
            else if (!_findMessage.HasRow(transaction, Bytes(envelope.Id), envelope.Node))
            {
                var isNew = _insertConflict.Execute(
                    transaction, envelope.Node, Bytes(envelope.Id), Bytes(envelope.Epoch), envelope.Seq, now,
                    received.BodyJson) > 0;
                if (isNew) conflicts.Add(KeepConflict(received, now, transaction));
            }
            acknowledged.Add((envelope.Node, envelope.Id));
        }
        Apply(new CommitEffects(stored.Concat(conflicts), now), now, ref change, transaction);
        foreach (var crop in crops)
        {
            if (Insert(crop, now, ref change, transaction)) acknowledged.Add((crop.Node, crop.Id));
        }
        transaction.Commit();
        RequireSameFile();
        return Task.FromResult(new CommitResult(
            stored, acknowledged, conflicts, events.Count - stored.Count - conflicts.Count, change));
    }

    protected override Task<int> DeleteAloneAsync(Func<ExpiredRows, int> work, CancellationToken cancel)
    {
        int deleted;
        using (var transaction = _connection.BeginTransaction())
        {
            deleted = work(new ExpiredRows(_connection, transaction));
            transaction.Commit();
        }
        RequireSameFile();
        if (deleted == 0 && _connection.ExecuteScalar<long>("PRAGMA freelist_count") > 0)
        {
            // Everything due is deleted: 40 MB at a time go back to the disk, and the journal keeps none of it.
            _connection.Execute("PRAGMA incremental_vacuum(10000)");
            _connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        return Task.FromResult(deleted);
    }

    protected override Task<bool> HasCropAloneAsync(string node, Guid id, CancellationToken cancel) =>
        Task.FromResult(_findCrop.HasRow(null, Bytes(id), node));

    protected override Task PutHeldAloneAsync(IReadOnlyList<HeldRow> held, CancellationToken cancel)
    {
        using var transaction = _connection.BeginTransaction();
        foreach (var row in held)
            _putHeld.Execute(
                transaction, row.Node, Bytes(row.Epoch), row.Low, row.High, row.ComparedAt, row.Awaited, row.Missing);
        transaction.Commit();
        return Task.CompletedTask;
    }

    protected override void Close()
    {
        foreach (var statement in (SqliteStatement[])
            [
                _insertMessage, _findMessage, _insertConflict, _putNumbering, _putPassage, _insertGap, _putCameraState,
                _forgetCameras,
                _insertCrop, _findCrop, _touchPassage, _putHeld,
            ])
            statement.Dispose();
        _connection.Dispose();
        _file.Dispose();
    }

    /// <summary>What is written to a file that no longer has a name is lost with the process: none of it may be
    /// acknowledged.</summary>
    private void RequireSameFile()
    {
        if (NameOf(_file) != _name)
            throw new PicketException(
                $"database {Place}: the file was removed or replaced while the center ran; nothing more is acknowledged. Put it "
                    + "back, or go without it, and restart: the nodes send again what they still hold");
    }

    /// <summary>Where the open file is now, according to the kernel (proc(5)).</summary>
    private static string? NameOf(SafeFileHandle file) =>
        new FileInfo($"/proc/self/fd/{file.DangerousGetHandle()}").LinkTarget;

    private static PicketException Unusable(string path, Exception e) => new(
        $"database {path}: {e.Message.TrimEnd('.')}; check the disk and the file's owner, "
            + "or move it aside and start again",
        inner: e);

    private static void CreateTables(SqliteConnection connection, string path)
    {
        var version = connection.ExecuteScalar<long>("PRAGMA user_version");
        if (version == SqliteSchema.Version) return;
        if (version is < 0 or 1 or > SqliteSchema.Version)
            throw new PicketException(
                $"database {path} has schema {version}, this build knows {SqliteSchema.Version}; "
                    + "use the build that made it");
        using var transaction = connection.BeginTransaction();
        connection.Execute(
            version switch { 0 => SqliteSchema.Sql, 2 => SqliteSchema.From2, 3 => SqliteSchema.From3, _ => SqliteSchema.From4 }
                + $"PRAGMA user_version = {SqliteSchema.Version};",
            transaction: transaction);
        transaction.Commit();
    }

    /// <summary>Keeps the whole event beside the one whose place it claims, to be shown like any other.</summary>
    private ReceivedEvent KeepConflict(ReceivedEvent received, long now, SqliteTransaction transaction)
    {
        var kept = received with { IsConflict = true };
        if (Insert(kept, now, transaction)) return kept;
        kept = kept with { Envelope = kept.Envelope with { Id = Guid.CreateVersion7() } };
        Insert(kept, now, transaction);
        return kept;
    }

    /// <summary>A conflict has its own id in place of its epoch: no number is taken there.</summary>
    private bool Insert(ReceivedEvent received, long now, SqliteTransaction transaction)
    {
        var envelope = received.Envelope;
        return _insertMessage.Execute(
            transaction,
            Bytes(envelope.Id), envelope.Node, Bytes(received.IsConflict ? envelope.Id : envelope.Epoch), envelope.Seq,
            UnixMicroseconds.From(envelope.At),
            envelope.Mono, envelope.Camera, received.Kind,
            envelope.Passage is { } passage ? Bytes(passage) : null,
            envelope.Phase is { } phase ? WireNames.Of(phase) : null,
            envelope.Rev, now, received.BodyJson) > 0;
    }

    private void Apply(CommitEffects effects, long now, ref long change, SqliteTransaction transaction)
    {
        foreach (var numbering in effects.Numberings)
            _putNumbering.Execute(
                transaction, numbering.Node, Bytes(numbering.Epoch), numbering.MaxSeq, numbering.Messages, now,
                numbering.Pending, numbering.PendingSeq);
        foreach (var passage in effects.Passages)
            _putPassage.Execute(
                transaction, passage.Node, Bytes(passage.Passage), ++change, passage.FirstAt, passage.LastAt, now,
                passage.Rev, passage.Phase, Bytes(passage.Message), passage.MessageRev, passage.IsRead,
                passage.IsClockInDoubt);
        foreach (var (envelope, gap) in effects.Gaps)
            _insertGap.Execute(
                transaction, Bytes(envelope.Id), envelope.Node, Bytes(gap.Epoch), gap.FirstSeq, gap.LastSeq, gap.Count,
                gap.Reason, UnixMicroseconds.From(envelope.At));
        foreach (var (envelope, state) in effects.CameraStates)
            _putCameraState.Execute(
                transaction, envelope.Node, envelope.Camera, envelope.Kind == Wire.EventKind.CameraUp,
                UnixMicroseconds.From(envelope.At), state.Reason, Bytes(envelope.Epoch), envelope.Seq);
        foreach (var list in effects.CameraLists)
            _forgetCameras.Execute(
                transaction, list.Node, Bytes(list.Epoch), list.Seq, JsonSerializer.Serialize(list.Cameras));
    }

    /// <summary>False if another node's crop has this id: then it must not be acknowledged to this node.</summary>
    private bool Insert(ReceivedCrop crop, long now, ref long change, SqliteTransaction transaction)
    {
        var inserted = _insertCrop.Execute(
            transaction, Bytes(crop.Id), crop.Node, Bytes(crop.Event), now, crop.Jpeg) > 0;
        if (!inserted) return _findCrop.HasRow(transaction, Bytes(crop.Id), crop.Node);
        if (_touchPassage.Execute(transaction, change + 1, Bytes(crop.Event), crop.Node) > 0) change++;
        return true;
    }

    private const string InsertMessage = """
        INSERT INTO message(id, node, epoch, seq, at, mono, camera, kind, passage, phase, rev, received_at, body)
        VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT DO NOTHING
        """;

    private const string InsertConflict = """
        INSERT INTO conflict(node, id, epoch, seq, received_at, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT DO NOTHING
        """;

    private const string PutNumbering = """
        INSERT INTO node_state(node, epoch, epoch_no, max_seq, messages, last_received_at, pending, pending_seq)
        VALUES(
          ?1, ?2, (SELECT COALESCE(MAX(epoch_no), 0) + 1 FROM node_state WHERE node = ?1), ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT(node, epoch) DO UPDATE SET
          messages = messages + excluded.messages,
          last_received_at = excluded.last_received_at,
          pending = CASE WHEN excluded.pending_seq > pending_seq THEN excluded.pending ELSE pending END,
          pending_seq = MAX(pending_seq, excluded.pending_seq),
          max_seq = MAX(max_seq, excluded.max_seq)
        """;

    private const string PutPassage = """
        INSERT INTO passage(
          node, passage, change, first_at, last_at, received_at, rev, phase, message, message_rev, is_read, doubt)
        VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        ON CONFLICT(node, passage) DO UPDATE SET
          change = excluded.change,
          first_at = MIN(first_at, excluded.first_at),
          doubt = MAX(doubt, excluded.doubt),
          last_at = CASE WHEN excluded.rev > rev THEN excluded.last_at ELSE last_at END,
          phase = CASE WHEN excluded.rev > rev THEN excluded.phase ELSE phase END,
          rev = MAX(rev, excluded.rev),
          message = CASE WHEN excluded.message_rev > message_rev THEN excluded.message ELSE message END,
          message_rev = MAX(message_rev, excluded.message_rev)
        """;

    private const string InsertGap = """
        INSERT INTO gap(message, node, epoch, first_seq, last_seq, count, reason, declared_at)
        VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        """;

    // The node's own numbering decides what is newest: a wall clock that ran ahead for a while would freeze the state.
    private const string PutCameraState = """
        INSERT INTO camera_state(node, camera, up, at, reason, epoch_no, seq)
        SELECT ?1, ?2, ?3, ?4, ?5, epoch_no, ?7 FROM node_state WHERE node = ?1 AND epoch = ?6
        ON CONFLICT(node, camera) DO UPDATE SET
          up = excluded.up, at = excluded.at, reason = excluded.reason,
          epoch_no = excluded.epoch_no, seq = excluded.seq
        WHERE (excluded.epoch_no, excluded.seq) > (camera_state.epoch_no, camera_state.seq)
        """;

    // States from before the node said which cameras it has: a camera that is not among them is gone.
    private const string ForgetCameras = """
        DELETE FROM camera_state WHERE node = ?1
          AND (epoch_no, seq) < ((SELECT s.epoch_no FROM node_state s WHERE s.node = ?1 AND s.epoch = ?2), ?3)
          AND camera NOT IN (SELECT value FROM json_each(?4))
        """;

    private const string InsertCrop = """
        INSERT INTO crop(id, node, event, received_at, jpeg) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING
        """;

    private const string TouchPassage = """
        UPDATE passage SET change = ?1
        WHERE (node, passage) = (SELECT node, passage FROM message WHERE id = ?2 AND node = ?3 AND passage IS NOT NULL)
        """;

    private const string PutHeldSql = """
        INSERT INTO held(node, epoch, low, high, compared_at, awaited, missing) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT(node, epoch) DO UPDATE SET
          low = excluded.low, high = excluded.high, compared_at = excluded.compared_at,
          awaited = excluded.awaited, missing = excluded.missing
        """;

    /// <summary>SQLite's result codes (sqlite.org/rescode.html).</summary>
    private static class ResultCode
    {
        public const int Busy = 5;
        public const int ReadOnly = 8;
        public const int ReadOnlyMoved = 1032;
        public const int IoError = 10;
        public const int Full = 13;
        public const int TooBig = 18;
        public const int Constraint = 19;
        public const int Mismatch = 20;
    }
}
