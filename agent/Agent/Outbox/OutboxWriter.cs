using System.Text.Json;
using Microsoft.Data.Sqlite;
using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>The statements that change the outbox; used by one thread, between <see cref="Begin"/> and
/// <see cref="Commit"/>.</summary>
internal sealed class OutboxWriter : IDisposable
{
    /// <summary>Rows marked unsent by one transaction: a few milliseconds, so that events never wait for it.</summary>
    private const int MaxResent = 1024;

    private const string NoLongerHeld = "no longer held";

    /// <summary>Asking for a dead letter is useless: its number is declared lost.</summary>
    private const string NotDead = "seq NOT IN (SELECT seq FROM dead)";

    private const string Corrupt = "corrupt: the outbox was damaged and recreated";

    private const string SetBack = "set back: the outbox was set back to an earlier state, or copied";

    /// <summary>Ten million events are three months of the busiest node: no snapshot still in use is older.</summary>
    public const long MaxSkipped = 10_000_000;

    private const string CorruptJournal = "corrupt: the outbox's journal was damaged";

    private readonly SqliteConnection _connection;
    private readonly string _node;
    private readonly TimeProvider _time;
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _rollback;
    private readonly SqlStatement _insert;
    private readonly SqlStatement _insertCrop;
    private readonly SqlStatement _ackEvent;
    private readonly SqlStatement _ackCrop;
    private readonly SqlStatement _openPassage;
    private readonly SqlStatement _closePassage;
    private long _committedSeq;
    private long _seq;

    /// <param name="connection">Lent.</param>
    public OutboxWriter(SqliteConnection connection, string node, TimeProvider time)
    {
        _connection = connection;
        _node = node;
        _time = time;
        Epoch = connection.QueryId("SELECT value FROM meta WHERE key = 'epoch'");
        _committedSeq = _seq = connection.QueryNumber("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'");
        Clock = ContinueClock(connection, time);
        _begin = connection.Command("BEGIN IMMEDIATE");
        _commit = connection.Command("COMMIT");
        _rollback = connection.Command("ROLLBACK");
        _insert = new SqlStatement(
            connection,
            "INSERT INTO outbox(seq, id, prio, created, mono, decoded, body) VALUES (?, ?, ?, ?, ?, ?, ?)");
        _insertCrop = new SqlStatement(connection, "INSERT INTO crop(id, event, created, jpeg) VALUES (?, ?, ?, ?)");
        _ackEvent = new SqlStatement(connection, "UPDATE outbox SET acked_at = ? WHERE id = ? AND acked_at IS NULL");
        _ackCrop = new SqlStatement(connection, "UPDATE crop SET acked_at = ? WHERE id = ? AND acked_at IS NULL");
        _openPassage = new SqlStatement(
            connection,
            "INSERT INTO passage(id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body");
        _closePassage = new SqlStatement(connection, "DELETE FROM passage WHERE id = ?");
    }

    public Guid Epoch { get; }

    public EpochClock Clock { get; }

    /// <summary>The last number that is on the disk.</summary>
    public long CommittedSeq => _committedSeq;

    /// <summary>Bodies and crops since <see cref="Begin"/>.</summary>
    public int UncommittedBytes { get; private set; }

    public void Begin()
    {
        _begin.ExecuteNonQuery();
        UncommittedBytes = 0;
    }

    public void Commit()
    {
        _commit.ExecuteNonQuery();
        _committedSeq = _seq;
    }

    /// <summary>Undoes everything since <see cref="Begin"/>, numbers included: they have no gaps.</summary>
    public void Rollback()
    {
        _seq = _committedSeq;
        // A full disk may already have ended the transaction.
        if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0) _rollback.ExecuteNonQuery();
    }

    /// <summary>Assigns the event its number and writes it, its crop and its passage's state: all or nothing.</summary>
    /// <exception cref="ArgumentException">The id of the event or of its crop is already in the outbox, or the event can't be written as
    /// JSON or is longer than a message may be; the transaction continues without it.</exception>
    public EventEnvelope Append(EventDraft draft)
    {
        if (draft.Crop is { Jpeg.Length: 0 or > OutboxCrop.MaxBytes } tooLarge)
            throw new ArgumentException(
                $"a crop of {tooLarge.Jpeg.Length} bytes, 1 to {OutboxCrop.MaxBytes} can be sent", nameof(draft));
        var envelope = new EventEnvelope
        {
            Id = draft.Id,
            Node = _node,
            Camera = draft.Camera,
            Epoch = Epoch,
            Seq = _seq + 1,
            At = draft.At,
            Mono = Clock.Now,
            Kind = draft.Kind,
            Passage = draft.Passage,
            Phase = draft.Phase,
            Rev = draft.Rev,
            Body = draft.Body,
        };
        if (WireJson.FaultOf(envelope) is { } fault)
            throw new ArgumentException($"an event that no center accepts: it {fault}", nameof(draft));
        var json = JsonSerializer.SerializeToUtf8Bytes(envelope, WireJsonContext.Default.EventEnvelope);
        if (json.Length > WireJson.MaxMessageBytes)
            throw new ArgumentException(
                $"an event of {json.Length} bytes, at most {WireJson.MaxMessageBytes} are allowed", nameof(draft));
        Insert(draft, envelope, json);
        _seq++;
        UncommittedBytes += json.Length + (draft.Crop?.Jpeg.Length ?? 0);
        return envelope;
    }

    private void Insert(EventDraft draft, EventEnvelope envelope, byte[] json)
    {
        var created = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var hasEvent = false;
        try
        {
            _insert.With(envelope.Seq).With(draft.Id).With((long)OutboxPriorities.Of(draft.Kind)).With(created)
                .With(envelope.Mono).With(draft.Decoded is { } decoded ? Clock.At(decoded) : null).With(json).Run();
            hasEvent = true;
            if (draft.Crop is { } crop)
                _insertCrop.With(crop.Id).With(draft.Id).With(created).With(crop.Jpeg).Run();
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SQLitePCL.raw.SQLITE_CONSTRAINT)
        {
            if (hasEvent) Withdraw(envelope.Seq);
            throw new ArgumentException($"event {draft.Id} or its crop is in the outbox already", nameof(draft), e);
        }
        if (draft.Passage is not { } passage) return;
        if (draft.Phase == PassagePhase.End) _closePassage.With(passage).Run();
        else _openPassage.With(passage).With(json).Run();
    }

    /// <summary>As if the event had never been inserted: a savepoint for every insert would cost a quarter of the time.</summary>
    private void Withdraw(long seq)
    {
        _connection.Execute("DELETE FROM outbox WHERE seq = $seq", ("$seq", seq));
        _connection.Execute("UPDATE sqlite_sequence SET seq = $seq WHERE name = 'outbox'", ("$seq", seq - 1));
    }

    /// <summary>Marks events and crops as stored by the center; returns how many were newly marked. Unknown ones count as marked.</summary>
    public int MarkAcked(IReadOnlyList<Guid> ids)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var marked = 0;
        foreach (var id in ids)
            if (_ackEvent.With(now).With(id).Run() > 0 || _ackCrop.With(now).With(id).Run() > 0) marked++;
        return marked;
    }

    /// <summary>Keeps events that the center will never accept as dead letters, and declares their numbers lost; returns how many were
    /// new.</summary>
    public int Bury(IReadOnlyList<(Guid Id, string Reason)> refused)
    {
        var buried = 0;
        var lost = new GapSum();
        foreach (var (id, reason) in refused)
        {
            if (Bury(id, reason, out var isGap) is not { } seq) continue;
            buried++;
            // A refused gap event is not declared by another one, which would be refused too, endlessly; whoever asks for its number gets
            // an answer then.
            if (!isGap) lost.Add(seq, $"refused by the center: {reason}");
        }
        foreach (var gap in lost.ToGaps(Epoch)) Declare(gap);
        return buried;
    }

    /// <summary>Keeps an event that the center will never accept as a dead letter until retention deletes it; neither it nor its crop is
    /// sent again. Returns its number, or null when it is not there or the center has it; <paramref name="isGap"/> for a gap
    /// event.</summary>
    private long? Bury(Guid id, string reason, out bool isGap)
    {
        isGap = false;
        long seq;
        using (var find = _connection.Command(
            $"SELECT seq, {Retention.IsGap} FROM outbox WHERE id = $id AND acked_at IS NULL", ("$id", OutboxSql.Bytes(id))))
        using (var row = find.ExecuteReader())
        {
            if (!row.Read()) return null;
            (seq, isGap) = (row.GetInt64(0), row.GetInt64(1) != 0);
        }
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        _connection.Execute("UPDATE outbox SET acked_at = $now WHERE seq = $seq", ("$now", now), ("$seq", seq));
        _connection.Execute(
            "UPDATE crop SET acked_at = $now WHERE event = $id AND acked_at IS NULL",
            ("$now", now), ("$id", OutboxSql.Bytes(id)));
        _connection.Execute(
            "INSERT OR REPLACE INTO dead(seq, at, reason) VALUES ($seq, $now, $reason)",
            ("$seq", seq), ("$now", now), ("$reason", reason));
        // What it declared no longer counts as declared: whoever asks for those numbers gets another gap event.
        _connection.Execute("DELETE FROM declared WHERE seq = $seq", ("$seq", seq));
        return seq;
    }

    /// <summary>Writes a gap event, and remembers which numbers it declares.</summary>
    public void Declare(GapDraft gap)
    {
        var seq = Append(new EventDraft
        {
            At = _time.GetUtcNow(),
            Kind = EventKind.NodeGap,
            // What can't be stated exactly is declared as unknown: a gap that the center refuses would inform nobody.
            Body = new EventBody { Gap = gap.Body.IsSound ? gap.Body : Unknown(gap.Body.Epoch, gap.Body.Reason) },
        }).Seq;
        foreach (var range in gap.Fresh)
            _connection.Execute(
                "INSERT INTO declared(epoch, first, last, seq) VALUES ($epoch, $first, $last, $seq)",
                ("$epoch", OutboxSql.Bytes(gap.Body.Epoch)), ("$first", range.From), ("$last", range.To), ("$seq", seq));
        foreach (var merged in gap.Merged)
            _connection.Execute("UPDATE declared SET seq = $to WHERE seq = $from", ("$from", merged), ("$to", seq));
    }

    /// <summary>Declares what is missing since <paramref name="last"/>: in this epoch the numbers up to there, which are not reused; in
    /// another one, or when nobody knows, an unknown part.</summary>
    public void Recover(HeldRange? last)
    {
        if (last is { } same && same.Epoch == Epoch)
        {
            if (same.High <= _seq) return;
            var sum = new GapSum();
            sum.Add(new SeqRange(_seq + 1, same.High), CorruptJournal);
            _seq = same.High;
            foreach (var gap in sum.ToGaps(Epoch)) Declare(gap);
            return;
        }
        if (last is { } former)
            _connection.Execute(
                "INSERT INTO meta VALUES ($key, $seq) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                ("$key", OutboxSql.FormerEpoch + former.Epoch.ToString("D")), ("$seq", former.High));
        Declare(new GapDraft(Unknown(last?.Epoch ?? Epoch, Corrupt), [], []));
    }

    /// <summary>Continues above <paramref name="taken"/>, whose numbers this outbox has not all assigned: what it had assigned before it
    /// was set back is declared as unknown. False when there is nothing to do.</summary>
    public bool Renumber(EpochRange taken)
    {
        if (taken.Epoch != Epoch || taken.To <= _seq || taken.To - _seq > MaxSkipped) return false;
        _seq = taken.To;
        Declare(new GapDraft(Unknown(Epoch, SetBack), [], []));
        return true;
    }

    private static NodeGapBody Unknown(Guid epoch, string reason) => new(epoch, 0, 0, 0, reason);

    /// <exception cref="SqliteException">The file is damaged.</exception>
    public void RequireSound()
    {
        var check = _connection.QueryText("PRAGMA quick_check(1)");
        if (check != "ok") throw new SqliteException($"damaged: {check}", SQLitePCL.raw.SQLITE_CORRUPT);
    }

    /// <summary>Marks events of <paramref name="range"/> and their crops as unsent again, and makes sure that a gap event is on its way for
    /// each missing number; returns the first number not processed.</summary>
    /// <remarks>Repeating the same range changes only what was acknowledged since.</remarks>
    public long Resend(EpochRange range)
    {
        var missing = new List<SeqRange>();
        var next = range.To + 1;
        // This outbox can't have lost what it never assigned: about an unknown epoch there is nothing to say.
        if (range.Epoch != Epoch)
        {
            if (Math.Min(range.To, LastOf(range.Epoch)) is var last && last >= range.From)
                missing.Add(new SeqRange(range.From, last));
        }
        else if (range.From <= _seq) next = ResendHeld(range.From, Math.Min(range.To, _seq), range.To, missing);
        var sum = new GapSum();
        foreach (var gone in missing) AddUndeclared(range.Epoch, gone, sum);
        foreach (var gap in sum.ToGaps(range.Epoch)) Declare(gap);
        return next;
    }

    /// <summary>The last number assigned in an earlier epoch; 0 for an epoch that this outbox does not know.</summary>
    private long LastOf(Guid former)
    {
        using var last = _connection.Command(
            "SELECT value FROM meta WHERE key = $key", ("$key", OutboxSql.FormerEpoch + former.ToString("D")));
        return last.ExecuteScalar() is long seq ? Math.Min(seq, WireBounds.MaxNumber) : 0;
    }

    private long ResendHeld(long from, long to, long end, List<SeqRange> missing)
    {
        var (expected, rows) = (from, 0);
        using (var held = _connection.Command(
            $"SELECT seq FROM outbox WHERE seq BETWEEN $from AND $to AND {NotDead} ORDER BY seq LIMIT $max",
            ("$from", from), ("$to", to), ("$max", MaxResent)))
        using (var row = held.ExecuteReader())
        {
            for (; row.Read(); rows++)
            {
                var seq = row.GetInt64(0);
                if (seq > expected) missing.Add(new SeqRange(expected, seq - 1));
                expected = seq + 1;
            }
        }
        var isAll = rows < MaxResent;
        if (isAll && expected <= to) missing.Add(new SeqRange(expected, to));
        var last = isAll ? to : expected - 1;
        _connection.Execute(
            $"UPDATE outbox SET acked_at = NULL WHERE seq BETWEEN $from AND $last AND acked_at IS NOT NULL AND {NotDead}",
            ("$from", from), ("$last", last));
        _connection.Execute(
            "UPDATE crop SET acked_at = NULL WHERE acked_at IS NOT NULL "
            + $"AND event IN (SELECT id FROM outbox WHERE seq BETWEEN $from AND $last AND {NotDead})",
            ("$from", from), ("$last", last));
        return isAll ? end + 1 : last + 1;
    }

    /// <summary>A declaration that is still there is sent again; the rest is added to <paramref name="sum"/>.</summary>
    private void AddUndeclared(Guid epoch, SeqRange gone, GapSum sum)
    {
        var from = gone.From;
        foreach (var (declared, seq) in Declared(epoch, gone))
        {
            if (declared.From > from) sum.Add(new SeqRange(from, declared.From - 1), NoLongerHeld);
            from = Math.Max(from, declared.To + 1);
            _connection.Execute(
                "UPDATE outbox SET acked_at = NULL WHERE seq = $seq AND acked_at IS NOT NULL", ("$seq", seq));
        }
        if (from <= gone.To) sum.Add(new SeqRange(from, gone.To), NoLongerHeld);
    }

    /// <summary>In order; those whose gap event retention has deleted are forgotten.</summary>
    private List<(SeqRange Range, long Seq)> Declared(Guid epoch, SeqRange range)
    {
        _connection.Execute(
            "DELETE FROM declared WHERE epoch = $epoch AND first <= $last AND last >= $first "
            + "AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.seq = declared.seq)",
            ("$epoch", OutboxSql.Bytes(epoch)), ("$first", range.From), ("$last", range.To));
        using var command = _connection.Command(
            "SELECT first, last, seq FROM declared WHERE epoch = $epoch AND first <= $last AND last >= $first "
            + "ORDER BY first",
            ("$epoch", OutboxSql.Bytes(epoch)), ("$first", range.From), ("$last", range.To));
        using var row = command.ExecuteReader();
        var declared = new List<(SeqRange, long)>();
        while (row.Read()) declared.Add((new SeqRange(row.GetInt64(0), row.GetInt64(1)), row.GetInt64(2)));
        return declared;
    }

    /// <summary>Deletes the state of passages by their row numbers.</summary>
    public void ForgetPassages(IReadOnlyList<long> rows)
    {
        foreach (var row in rows) _connection.Execute("DELETE FROM passage WHERE rowid = $row", ("$row", row));
    }

    /// <summary>Overwrites what the journal still holds of deleted rows; false when a reader was in the way.</summary>
    /// <remarks>Outside a transaction.</remarks>
    public bool EmptyJournal() => _connection.QueryNumber("PRAGMA wal_checkpoint(TRUNCATE)") == 0;

    /// <summary>Adds to the counts of what retention had to delete unsent.</summary>
    public void CountLoss(long events, long crops)
    {
        _connection.Execute("UPDATE meta SET value = value + $n WHERE key = 'lost_events'", ("$n", events));
        _connection.Execute("UPDATE meta SET value = value + $n WHERE key = 'lost_crops'", ("$n", crops));
    }

    public void Dispose()
    {
        foreach (var command in (IDisposable[])
            [
                _begin, _commit, _rollback, _insert, _insertCrop, _ackEvent, _ackCrop, _openPassage, _closePassage,
            ])
            command.Dispose();
    }

    /// <summary>The clock of an epoch that began in an earlier run: continues from its last event, advanced by the wall clock where that
    /// went forward.</summary>
    private static EpochClock ContinueClock(SqliteConnection connection, TimeProvider time)
    {
        const long NanosecondsPerMillisecond = 1_000_000;
        // Retention keeps the newest event's values in meta, in case it has deleted every row.
        using var last = connection.Command("""
            SELECT mono, created FROM outbox WHERE seq = (SELECT max(seq) FROM outbox)
            UNION ALL
            SELECT m.value, c.value FROM meta m, meta c WHERE m.key = 'last_mono' AND c.key = 'last_created'
            ORDER BY 1 DESC LIMIT 1
            """);
        using var row = last.ExecuteReader();
        if (!row.Read()) return new EpochClock(time, 0);
        // A wall clock that is centuries ahead must not produce events that no center accepts.
        const long LongestAway = WireBounds.MaxMono / NanosecondsPerMillisecond;
        var away = Math.Clamp(time.GetUtcNow().ToUnixTimeMilliseconds() - row.GetInt64(1), 1, LongestAway);
        var start = Math.Min(row.GetInt64(0), WireBounds.MaxMono) + (away * NanosecondsPerMillisecond);
        return new EpochClock(time, Math.Min(start, WireBounds.MaxMono));
    }
}
