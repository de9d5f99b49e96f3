using System.Text.Json;
using Microsoft.Data.Sqlite;
using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>Reads an outbox alongside its writer, also from another process; any thread, one at a time.</summary>
internal sealed class OutboxReader : IDisposable
{
    private readonly string _folder;
    private readonly Lock _gate = new();
    private SqliteConnection _connection;

    private OutboxReader(string folder, SqliteConnection connection)
    {
        _folder = folder;
        _connection = connection;
    }

    /// <summary>The disk is mounted read-only.</summary>
    public bool IsReadOnlyDisk => ReadOnlyDisk.Holds(_folder);

    /// <summary>Opens the outbox of <paramref name="folder"/> for reading.</summary>
    /// <exception cref="PicketException">There is none, it can't be read, or it belongs to another account.</exception>
    public static OutboxReader Open(string folder)
    {
        // SQLite creates files beside the one it reads.
        StateOwner.Require(folder);
        return new OutboxReader(folder, Connect(folder));
    }

    /// <summary>The file was replaced by another.</summary>
    public void Reopen()
    {
        lock (_gate)
        {
            var fresh = Connect(_folder);
            _connection.Dispose();
            _connection = fresh;
        }
    }

    private static SqliteConnection Connect(string folder)
    {
        var path = Path.Combine(folder, OutboxFile.Name);
        if (!File.Exists(path)) throw new PicketException($"{path}: no outbox there; check the state folder");
        try
        {
            return ConnectAs($"Data Source={path};Mode=ReadOnly;Pooling=False");
        }
        catch (SqliteException e) when (ReadOnlyDisk.Holds(folder))
        {
            return ConnectReadOnly(path, e);
        }
        catch (SqliteException e)
        {
            throw new PicketException(
                $"{path}: can't be read ({e.Message}); use the account that picket runs as", inner: e);
        }
    }

    private static SqliteConnection ConnectAs(string how)
    {
        var connection = new SqliteConnection(how);
        try
        {
            connection.Open();
            _ = connection.QueryNumber("SELECT count(*) FROM meta");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>On a read-only disk, the file is read without the locks that SQLite would have to write; but then what is only in the
    /// journal isn't seen.</summary>
    private static SqliteConnection ConnectReadOnly(string path, SqliteException e)
    {
        var journal = new FileInfo(path + "-wal");
        if (journal.Exists && journal.Length > 0)
            throw new PicketException(
                $"{path}: the disk is read-only, and the node's last events are in a journal that can't be read there; copy "
                    + "the state folder to another disk and name that with --state",
                inner: e);
        try
        {
            var uri = new Uri(path).AbsoluteUri; // escapes what has a special meaning in it
            return ConnectAs($"Data Source=\"{uri}?immutable=1\";Mode=ReadOnly;Pooling=False");
        }
        catch (SqliteException inner)
        {
            throw new PicketException(
                $"{path}: can't be read on this read-only disk ({inner.Message}); copy the state folder to another disk and "
                    + "name that with --state",
                inner: inner);
        }
    }

    /// <summary>Events without an ack, oldest first, whose number is above <paramref name="afterSeq"/>.</summary>
    /// <param name="maxBytes">Ends the list before the body that would exceed it; the first one is always included.</param>
    public List<OutboxRow> ReadPending(OutboxPriority priority, long afterSeq, int limit, int maxBytes)
    {
        lock (_gate)
        {
            using var command = _connection.Command(
                "SELECT seq, id, body, decoded FROM outbox "
                + "WHERE prio = $prio AND acked_at IS NULL AND seq > $after ORDER BY seq LIMIT $limit",
                ("$prio", (int)priority), ("$after", afterSeq), ("$limit", limit));
            using var row = command.ExecuteReader();
            var rows = new List<OutboxRow>();
            var bytes = 0;
            while (row.Read())
            {
                var body = row.GetFieldValue<byte[]>(2);
                bytes += body.Length;
                if (bytes > maxBytes && rows.Count > 0) break;
                rows.Add(new OutboxRow(
                    row.GetInt64(0), OutboxSql.Id(row, 1), body, row.IsDBNull(3) ? null : row.GetInt64(3)));
            }
            return rows;
        }
    }

    /// <summary>The oldest crop without an ack whose number is above <paramref name="afterSeq"/>, or null.</summary>
    public CropRow? ReadPendingCrop(long afterSeq)
    {
        lock (_gate)
        {
            using var command = _connection.Command(
                "SELECT seq, id, event, jpeg FROM crop WHERE acked_at IS NULL AND seq > $after ORDER BY seq LIMIT 1",
                ("$after", afterSeq));
            using var row = command.ExecuteReader();
            return row.Read()
                ? new CropRow(row.GetInt64(0), OutboxSql.Id(row, 1), OutboxSql.Id(row, 2), row.GetFieldValue<byte[]>(3))
                : null;
        }
    }

    /// <summary>How many events the center has refused for good; fast, since they are few.</summary>
    public long DeadLetters() => Number("SELECT count(*) FROM dead JOIN outbox USING (seq)");

    /// <summary>The newest events, newest first: the envelope, when it was acknowledged, and why the center refused it for
    /// good, if it did.</summary>
    /// <remarks>Rows written by an earlier build that this one can no longer read are left out.</remarks>
    public List<(EventEnvelope Event, DateTimeOffset? AckedAt, string? Refused)> ReadNewest(int limit, bool pendingOnly)
    {
        lock (_gate)
        {
            var filter = pendingOnly ? "WHERE acked_at IS NULL " : "";
            using var command = _connection.Command(
                $"SELECT body, acked_at, reason FROM outbox LEFT JOIN dead USING (seq) {filter}ORDER BY seq DESC LIMIT $limit",
                ("$limit", limit));
            using var row = command.ExecuteReader();
            var events = new List<(EventEnvelope, DateTimeOffset?, string?)>();
            while (row.Read())
            {
                if (WireJson.TryReadEvent(row.GetFieldValue<byte[]>(0), out _) is { } e)
                    events.Add((e, row.IsDBNull(2) ? Time(row, 1) : null, row.IsDBNull(2) ? null : row.GetString(2)));
            }
            return events;
        }
    }

    /// <summary>The last event of each passage that has not ended, and the row numbers of those that can't be
    /// read.</summary>
    public (List<EventEnvelope> Open, List<long> Unreadable) OpenPassages()
    {
        lock (_gate)
        {
            using var command = _connection.Command("SELECT rowid, id, body FROM passage ORDER BY rowid");
            using var row = command.ExecuteReader();
            var (open, unreadable) = (new List<EventEnvelope>(), new List<long>());
            while (row.Read())
            {
                var last = WireJson.TryReadEvent(row.GetFieldValue<byte[]>(2), out _);
                // Ended under another id, the row would stay forever.
                var isThis = last?.Passage is { } id && row.GetFieldValue<byte[]>(1).AsSpan()
                    .SequenceEqual(OutboxSql.Bytes(id));
                if (isThis) open.Add(last!);
                else unreadable.Add(row.GetInt64(0));
            }
            return (open, unreadable);
        }
    }

    /// <summary>What the center may still ask for: from this outbox and, with nothing left, from earlier ones; newest first.</summary>
    public List<HeldRange> Held()
    {
        lock (_gate)
        {
            using var command = _connection.Command("""
                SELECT value, (SELECT min(seq) FROM outbox),
                    coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0)
                  FROM meta WHERE key = 'epoch'
                """);
            using var row = command.ExecuteReader();
            row.Read();
            var high = row.GetInt64(2);
            var held = new List<HeldRange>
            {
                new(OutboxSql.Id(row, 0), row.IsDBNull(1) ? high + 1 : row.GetInt64(1), high),
            };
            using var formers = _connection.Command(
                "SELECT key, value FROM meta WHERE key GLOB $former ORDER BY key DESC",
                ("$former", OutboxSql.FormerEpoch + "*"));
            using var former = formers.ExecuteReader();
            while (former.Read())
            {
                if (!Guid.TryParseExact(former.GetString(0)[OutboxSql.FormerEpoch.Length..], "D", out var epoch)) continue;
                held.Add(new HeldRange(epoch, former.GetInt64(1) + 1, former.GetInt64(1)));
            }
            return held;
        }
    }

    /// <summary>Whether events or crops wait for the center's ack; fast, whatever the outbox holds.</summary>
    public bool HasPending() =>
        Number("""
            SELECT EXISTS (SELECT 1 FROM outbox WHERE acked_at IS NULL)
                OR EXISTS (SELECT 1 FROM crop WHERE acked_at IS NULL)
            """) != 0;

    /// <summary>How many events and crops wait for the center's ack; counted on the index only.</summary>
    public long PendingCount() =>
        Number("""
            SELECT (SELECT count(*) FROM outbox WHERE acked_at IS NULL)
                 + (SELECT count(*) FROM crop WHERE acked_at IS NULL)
            """);

    /// <summary>What retention had to delete before the center had it, since the outbox was created.</summary>
    public (long Events, long Crops) Deleted()
    {
        lock (_gate)
        {
            return (_connection.QueryNumber("SELECT value FROM meta WHERE key = 'lost_events'"),
                _connection.QueryNumber("SELECT value FROM meta WHERE key = 'lost_crops'"));
        }
    }

    /// <summary>Everything about the outbox, for a person: reads every pending row.</summary>
    public OutboxStatus Status()
    {
        lock (_gate)
        {
            using var command = _connection.Command("""
                SELECT
                  (SELECT value FROM meta WHERE key = 'epoch'),
                  coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0),
                  (SELECT count(*) FROM outbox WHERE acked_at IS NULL),
                  (SELECT count(*) FROM outbox WHERE acked_at IS NULL AND prio = 0),
                  (SELECT count(*) FROM outbox WHERE acked_at IS NOT NULL AND seq NOT IN (SELECT seq FROM dead)),
                  (SELECT count(*) FROM crop WHERE acked_at IS NULL),
                  (SELECT min(created) FROM outbox WHERE acked_at IS NULL),
                  (SELECT (page_count - freelist_count) * page_size
                     FROM pragma_page_count, pragma_freelist_count, pragma_page_size),
                  (SELECT value FROM meta WHERE key = 'lost_events'),
                  (SELECT value FROM meta WHERE key = 'lost_crops'),
                  (SELECT count(*) FROM dead JOIN outbox USING (seq))
                """);
            using var row = command.ExecuteReader();
            row.Read();
            return new OutboxStatus(
                OutboxSql.Id(row, 0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4),
                row.GetInt64(5), Time(row, 6),
                row.GetInt64(7), row.GetInt64(8), row.GetInt64(9), row.GetInt64(10));
        }
    }

    public void Dispose()
    {
        lock (_gate) _connection.Dispose();
    }

    private long Number(string sql)
    {
        lock (_gate) return _connection.QueryNumber(sql);
    }

    private static DateTimeOffset? Time(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}

/// <summary>A committed event as it is sent.</summary>
/// <param name="Body">The JSON of the envelope, UTF-8.</param>
/// <param name="Decoded">When the deciding frame was decoded, on the clock of <see cref="OutboxStore.Clock"/> in
/// nanoseconds; null without a frame.</param>
internal readonly record struct OutboxRow(long Seq, Guid Id, byte[] Body, long? Decoded);

/// <summary>A committed crop as it is sent; <paramref name="Seq"/> counts crops, not events.</summary>
internal readonly record struct CropRow(long Seq, Guid Id, Guid Event, byte[] Jpeg);

/// <summary>What an outbox holds.</summary>
/// <param name="LastSeq">The number of the newest event; 0 when there was none.</param>
/// <param name="Pending">Events without the center's ack.</param>
/// <param name="PendingAlerts">Those of them that are sent first: alerts and gaps.</param>
/// <param name="Acked">Events kept after their ack, until retention deletes them.</param>
/// <param name="PendingCrops">Crops without the center's ack.</param>
/// <param name="OldestPending">When the oldest pending event was committed; null when there is none.</param>
/// <param name="Bytes">Used in the file, free pages not counted.</param>
/// <param name="LostEvents">Events that retention had to delete before their ack, since the outbox was created; each was declared by a gap
/// event.</param>
/// <param name="LostCrops">The same for crops, which no gap event declares.</param>
/// <param name="DeadLetters">Events that the center has refused for good, kept until retention deletes them: they are
/// neither pending nor acknowledged.</param>
internal sealed record OutboxStatus(
    Guid Epoch,
    long LastSeq,
    long Pending,
    long PendingAlerts,
    long Acked,
    long PendingCrops,
    DateTimeOffset? OldestPending,
    long Bytes,
    long LostEvents,
    long LostCrops,
    long DeadLetters);
