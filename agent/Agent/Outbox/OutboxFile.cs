using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>The outbox's SQLite file, opened for writing only by this process: schema, settings, the check at startup.</summary>
/// <remarks>A damaged file is set aside, not repaired: a repaired one could send what was never seen.</remarks>
internal sealed class OutboxFile : IDisposable
{
    public const string Name = "outbox.db";

    public const int PageBytes = 4096;

    /// <summary>A file on a failing disk may be damaged at every start; two of them are enough to examine.</summary>
    private const int MaxSetAside = 2;

    private const string AsidePattern = "outbox.damaged-*.db";

    private const int SchemaVersion = 1;

    /// <summary>One group commit may exceed the budget before retention has freed some: 768 kB of bodies and crops and their index
    /// pages.</summary>
    private const int ReservePages = 2 * 1024 * 1024 / PageBytes;

    /// <summary>What files of earlier builds lack; those builds don't mind it.</summary>
    private const string Additions = """
        CREATE TABLE IF NOT EXISTS declared(
          epoch BLOB NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT;
        CREATE INDEX IF NOT EXISTS declared_range ON declared(epoch, first);
        CREATE INDEX IF NOT EXISTS declared_seq ON declared(seq);
        CREATE INDEX IF NOT EXISTS crop_event ON crop(event);
        CREATE TABLE IF NOT EXISTS dead(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
        """;

    /// <summary>SQLite waits this long for another process that has the file locked; then the outbox is degraded, and a node that is to
    /// stop does so.</summary>
    private const int LockedSeconds = 5;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const string Schema = $"""
        BEGIN IMMEDIATE;
        CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT;
        CREATE TABLE outbox(
          seq INTEGER PRIMARY KEY AUTOINCREMENT,
          id BLOB NOT NULL UNIQUE,
          prio INTEGER NOT NULL,
          created INTEGER NOT NULL,
          mono INTEGER NOT NULL,
          decoded INTEGER,
          acked_at INTEGER,
          body BLOB NOT NULL) STRICT;
        CREATE INDEX outbox_pending ON outbox(prio, seq) WHERE acked_at IS NULL;
        CREATE INDEX outbox_acked ON outbox(prio, acked_at) WHERE acked_at IS NOT NULL;
        CREATE TABLE crop(
          seq INTEGER PRIMARY KEY AUTOINCREMENT,
          id BLOB NOT NULL UNIQUE,
          event BLOB NOT NULL,
          created INTEGER NOT NULL,
          acked_at INTEGER,
          jpeg BLOB NOT NULL) STRICT;
        CREATE INDEX crop_pending ON crop(seq) WHERE acked_at IS NULL;
        CREATE INDEX crop_acked ON crop(acked_at) WHERE acked_at IS NOT NULL;
        CREATE TABLE passage(id BLOB PRIMARY KEY, body BLOB NOT NULL) STRICT;
        INSERT INTO meta VALUES ('epoch', $epoch), ('lost_events', 0), ('lost_crops', 0);
        {Additions}
        PRAGMA user_version = 1;
        COMMIT;
        """;

    private readonly FileStream _lock;
    private readonly string _folder;
    private readonly long _budgetBytes;
    private readonly OutboxMark _mark;

    private OutboxFile(
        FileStream heldLock, OutboxMark mark, SqliteConnection connection, long budgetBytes, string? setAside)
    {
        _lock = heldLock;
        _mark = mark;
        _budgetBytes = budgetBytes;
        Connection = connection;
        _folder = Path.GetDirectoryName(connection.DataSource)!;
        SetAside = setAside;
    }

    public SqliteConnection Connection { get; private set; }

    /// <summary>Where the most recently found damaged file was moved to, or null.</summary>
    public string? SetAside { get; private set; }

    /// <summary>The epoch and last number noted by the last run, or null.</summary>
    public HeldRange? Marked => _mark.Found;

    /// <summary>Opens the outbox of <paramref name="folder"/>, creating both if needed.</summary>
    /// <exception cref="PicketException">The folder or the file can't be written, is used by another process, or comes from a newer
    /// program.</exception>
    public static OutboxFile Open(string folder, long budgetBytes, TimeProvider time)
    {
        var heldLock = Lock(folder);
        OutboxMark? mark = null;
        try
        {
            mark = OutboxMark.Open(folder);
            var path = Path.Combine(folder, Name);
            try
            {
                return new OutboxFile(heldLock, mark, OpenChecked(path, budgetBytes), budgetBytes, setAside: null);
            }
            catch (SqliteException e) when (IsDamage(e))
            {
                var setAside = MoveAside(path, time.GetUtcNow());
                return new OutboxFile(heldLock, mark, OpenChecked(path, budgetBytes), budgetBytes, setAside);
            }
        }
        catch (Exception e)
        {
            mark?.Dispose();
            heldLock.Dispose();
            if (e is SqliteException or IOException or UnauthorizedAccessException) throw Unusable(folder, e);
            throw;
        }
    }

    /// <summary>Sets the damaged file aside and creates a new one; the users of <see cref="Connection"/> must have stopped.</summary>
    /// <exception cref="SqliteException">The new one can't be created; then there is none.</exception>
    /// <exception cref="IOException">The old one can't be moved.</exception>
    public void Replace(TimeProvider time)
    {
        var path = Connection.DataSource;
        Connection.Dispose();
        SetAside = MoveAside(path, time.GetUtcNow());
        Connection = OpenChecked(path, _budgetBytes);
    }

    /// <summary>Records the last number on the disk.</summary>
    public void Mark(Guid epoch, long seq) => _mark.Write(epoch, seq);

    /// <summary>Deletes the damaged files that were set aside before <paramref name="limit"/>: they hold faces too.</summary>
    /// <exception cref="IOException">One can't be deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public void DeleteSetAside(DateTimeOffset limit)
    {
        var oldest = AsidePath(_folder, limit);
        foreach (var file in Directory.GetFiles(_folder, AsidePattern))
        {
            if (string.CompareOrdinal(file, oldest) <= 0) DeleteWithJournal(file);
        }
    }

    public void Dispose()
    {
        Connection.Dispose();
        _mark.Dispose();
        _lock.Dispose();
    }

    /// <summary>True when the file itself is damaged (SQLITE_CORRUPT, SQLITE_NOTADB).</summary>
    public static bool IsDamage(SqliteException e) =>
        e.SqliteErrorCode is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB;

    private static FileStream Lock(string folder)
    {
        StateOwner.Require(folder);
        try
        {
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
            var path = Path.Combine(folder, "outbox.lock");
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = OwnerOnly,
            });
        }
        catch (IOException e) when (Directory.Exists(folder) && IsHeld(e))
        {
            throw new PicketException(
                $"{folder}: another picket uses this state folder; stop it first, or give this one its own", inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(folder, e);
        }
    }

    /// <summary>.NET reports a lock that another process holds as EWOULDBLOCK in the HResult.</summary>
    private static bool IsHeld(IOException e) =>
        e is not (DirectoryNotFoundException or PathTooLongException) && e.HResult == 11;

    private static PicketException Unusable(string folder, Exception e) =>
        new(
            $"{folder}: the outbox can't be written ({e.Message}); "
                + (ReadOnlyDisk.Holds(folder) ? "the disk is read-only: make it writable"
                    : e is SqliteException sqlite ? OutboxSql.Cure(sqlite)
                    : "give the folder to the user that picket runs as, and free disk space"),
            inner: e);

    private static SqliteConnection OpenChecked(string path, long budgetBytes)
    {
        // SQLite would create the file with the umask's mode; its -wal and -shm files take this file's mode.
        using (new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
            UnixCreateMode = OwnerOnly,
        }))
        {
        }
        var connection = new SqliteConnection($"Data Source={path};Pooling=False;Default Timeout={LockedSeconds}");
        try
        {
            connection.Open();
            var limit = (budgetBytes / PageBytes) + ReservePages;
            // FULL: in WAL mode NORMAL may lose the last commits at a power cut. secure_delete: crops of faces are
            // overwritten. max_page_count is not stored in the file, so it is set each time. A WAL of 4 MiB comes on
            // top.
            connection.Execute(string.Create(CultureInfo.InvariantCulture, $"""
                PRAGMA page_size = {PageBytes};
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA temp_store = MEMORY;
                PRAGMA secure_delete = ON;
                PRAGMA wal_autocheckpoint = 1000;
                PRAGMA journal_size_limit = 4194304;
                PRAGMA max_page_count = {limit};
                """));
            var check = connection.QueryText("PRAGMA quick_check(1)");
            if (check != "ok") throw new SqliteException($"damaged: {check}", SQLitePCL.raw.SQLITE_CORRUPT);
            RequireSchema(connection, path);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void RequireSchema(SqliteConnection connection, string path)
    {
        var version = connection.QueryNumber("PRAGMA user_version");
        if (version == 0) connection.Execute(Schema, ("$epoch", OutboxSql.Bytes(Guid.CreateVersion7())));
        else if (version != SchemaVersion)
            throw new PicketException(
                $"{path}: made by a newer picket (schema {version}); install that one, or move the file away");
        try
        {
            connection.Execute(Additions);
            if (IsWhole(connection)) return;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_ERROR)
        {
            // A table or column is missing.
            throw new SqliteException($"damaged: {e.Message}", SQLitePCL.raw.SQLITE_CORRUPT);
        }
        throw new SqliteException("damaged: rows are missing", SQLitePCL.raw.SQLITE_CORRUPT);
    }

    /// <summary>What quick_check does not check, and nothing works without.</summary>
    private static bool IsWhole(SqliteConnection connection) =>
        connection.QueryNumber("""
            SELECT (SELECT count(*) FROM meta WHERE key = 'epoch' AND typeof(value) = 'blob' AND length(value) = 16)
                 * (SELECT count(*) FROM meta WHERE key IN ('lost_events', 'lost_crops') AND typeof(value) = 'integer')
                 * (SELECT count(*) + 1 FROM (SELECT seq, id, prio, created, mono, decoded, body, acked_at FROM outbox LIMIT 1))
                 * (SELECT count(*) + 1 FROM (SELECT seq, id, event, created, acked_at, jpeg FROM crop LIMIT 1))
                 * (SELECT count(*) + 1 FROM (SELECT id, body FROM passage LIMIT 1))
                 * (SELECT count(*) + 1 FROM (SELECT seq, at, reason FROM dead LIMIT 1))
                 * (SELECT count(*) + 1 FROM (SELECT epoch, first, last, seq FROM declared LIMIT 1))
            """) >= 2;

    private static string MoveAside(string path, DateTimeOffset now)
    {
        var folder = Path.GetDirectoryName(path)!;
        foreach (var old in Directory.GetFiles(folder, AsidePattern).Order().SkipLast(MaxSetAside - 1))
            DeleteWithJournal(old);
        var aside = AsidePath(folder, now);
        File.Move(path, aside);
        if (File.Exists(path + "-wal")) File.Move(path + "-wal", aside + "-wal");
        File.Delete(path + "-shm");
        return aside;
    }

    /// <summary>Names sort by time.</summary>
    private static string AsidePath(string folder, DateTimeOffset at) =>
        Path.Combine(
            folder,
            string.Create(CultureInfo.InvariantCulture, $"outbox.damaged-{at.UtcDateTime:yyyyMMdd'T'HHmmssfff}.db"));

    private static void DeleteWithJournal(string path)
    {
        File.Delete(path);
        File.Delete(path + "-wal");
    }
}

/// <summary>Whether a disk is mounted read-only, as the kernel does with a failing one.</summary>
internal static partial class ReadOnlyDisk
{
    private const int ForWriting = 2; // W_OK
    private const int ReadOnlyFileSystem = 30; // EROFS

    public static bool Holds(string path) =>
        Access(path, ForWriting) != 0 && Marshal.GetLastPInvokeError() == ReadOnlyFileSystem;

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Access(string path, int mode);
}
