using Microsoft.Data.Sqlite;
using Picket.Agent.Config;
using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>Decides what leaves the outbox: what was acknowledged long ago, and, when the disk budget is used up, the
/// oldest of the lowest priority: first what the center has, then what it has not.</summary>
internal sealed class Retention(SqliteConnection connection, OutboxConfig config, Guid epoch, TimeProvider time)
{
    /// <summary>Rows deleted by one statement: a few milliseconds.</summary>
    private const int Batch = 64;

    /// <summary>Rows deleted by one sweep, so that events never wait for it: 60 sweeps an hour are 61,440 rows, more
    /// than 16 cameras make.</summary>
    private const int MaxExpiredPerSweep = 1024;

    /// <summary>Freeing goes this far below the budget, so that gap events are few.</summary>
    private const double LowWater = 0.9;

    /// <summary>Freed by one transaction at most: its journal has to fit a disk that is nearly full, and events wait
    /// for it.</summary>
    private const long MaxFreedBytes = 4 * 1024 * 1024;

    private const string UsedUp = "disk budget used up";

    /// <summary>As <see cref="EventEnvelope"/> is written. Inside a JSON string the quotes would be escaped, so nothing
    /// else holds these bytes.</summary>
    private const string IsGap = """instr(body, CAST('"kind":"node.gap"' AS BLOB)) > 0""";

    /// <summary>Deleted first to last; crops are behind all events.</summary>
    private static readonly OutboxPriority[] s_lowestFirst =
        [OutboxPriority.Health, OutboxPriority.Read, OutboxPriority.Alert];

    private readonly WallClockWatch _wallClock = new(connection, time);

    /// <summary>Bytes in the file, without the pages that are free.</summary>
    public long UsedBytes =>
        (connection.QueryNumber("PRAGMA page_count") - connection.QueryNumber("PRAGMA freelist_count"))
        * OutboxFile.PageBytes;

    public bool IsOverBudget => UsedBytes > config.BudgetBytes;

    /// <summary>Whether crops were deleted that the journal may still hold; reset by who empties it.</summary>
    public bool HasDeletedCrops { get; set; }

    /// <summary>Deletes some of what was acknowledged longer ago than the configuration keeps it.</summary>
    public void DeleteExpired()
    {
        KeepClock();
        AckFutureNow();
        var limit = time.GetUtcNow() - config.KeepAcked;
        // What was acknowledged before the clock's jump has an age that nobody knows: it counts from the jump on.
        if (_wallClock.SteadySince() > limit) return;
        var deleted = connection.Execute(
            "DELETE FROM crop WHERE seq IN "
            + "(SELECT seq FROM crop WHERE acked_at <= $limit ORDER BY acked_at LIMIT $max)",
            ("$limit", limit.ToUnixTimeMilliseconds()), ("$max", MaxExpiredPerSweep));
        HasDeletedCrops |= deleted > 0;
        foreach (var priority in s_lowestFirst)
            deleted += connection.Execute(
                "DELETE FROM outbox WHERE seq IN "
                + "(SELECT seq FROM outbox WHERE prio = $prio AND acked_at <= $limit ORDER BY acked_at LIMIT $max)",
                ("$prio", (int)priority), ("$limit", limit.ToUnixTimeMilliseconds()),
                ("$max", MaxExpiredPerSweep - Math.Min(deleted, MaxExpiredPerSweep)));
    }

    /// <summary>Deletes until a tenth of what is used (of the budget, if more is used) is free, at most 4 MiB at a
    /// time.</summary>
    /// <param name="mayLosePending">Whether events and crops that the center does not have may go; else only
    /// acknowledged ones do.</param>
    public RetentionLoss FreeSpace(bool mayLosePending)
    {
        KeepClock();
        var used = UsedBytes;
        var target = Math.Max((long)(Math.Min(used, config.BudgetBytes) * LowWater), used - MaxFreedBytes);
        var ackedCrops = DeleteUntil(
            target,
            "DELETE FROM crop WHERE seq IN "
            + "(SELECT seq FROM crop WHERE acked_at IS NOT NULL ORDER BY acked_at LIMIT $max)");
        HasDeletedCrops |= ackedCrops > 0;
        foreach (var priority in s_lowestFirst)
            DeleteUntil(
                target,
                "DELETE FROM outbox WHERE seq IN "
                + "(SELECT seq FROM outbox WHERE prio = $prio AND acked_at IS NOT NULL ORDER BY acked_at LIMIT $max)",
                ("$prio", (int)priority));
        return mayLosePending ? LosePending(target) : new RetentionLoss([], 0, 0);
    }

    /// <summary>Keeps the clock of the newest event, which may be among the deleted: the next run goes on from
    /// it.</summary>
    private void KeepClock() =>
        connection.Execute("""
            INSERT INTO meta
              SELECT 'last_mono', mono FROM outbox WHERE seq = (SELECT max(seq) FROM outbox)
              UNION ALL SELECT 'last_created', created FROM outbox WHERE seq = (SELECT max(seq) FROM outbox)
              ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value
            """);

    /// <summary>Acknowledged in the future is what a clock that ran ahead has marked: it would be kept for as long as
    /// that was wrong.</summary>
    private void AckFutureNow()
    {
        var now = time.GetUtcNow();
        var future = (now + WallClockWatch.Tolerance).ToUnixTimeMilliseconds();
        connection.Execute(
            "UPDATE crop SET acked_at = $now WHERE seq IN (SELECT seq FROM crop WHERE acked_at > $future LIMIT $max)",
            ("$now", now.ToUnixTimeMilliseconds()), ("$future", future), ("$max", MaxExpiredPerSweep));
        foreach (var priority in s_lowestFirst)
            connection.Execute(
                "UPDATE outbox SET acked_at = $now WHERE seq IN "
                + "(SELECT seq FROM outbox WHERE prio = $prio AND acked_at > $future LIMIT $max)",
                ("$now", now.ToUnixTimeMilliseconds()), ("$prio", (int)priority), ("$future", future),
                ("$max", MaxExpiredPerSweep));
    }

    private RetentionLoss LosePending(long target)
    {
        var crops = DeleteUntil(
            target,
            "DELETE FROM crop WHERE seq IN (SELECT seq FROM crop WHERE acked_at IS NULL ORDER BY seq LIMIT $max)");
        HasDeletedCrops |= crops > 0;
        var sums = new List<GapSum>();
        var events = 0L;
        foreach (var priority in s_lowestFirst)
        {
            var sum = LoseEvents(target, priority);
            if (sum.Count > 0) sums.Add(sum);
            events += sum.Count;
        }
        var gaps = sums.ConvertAll(sum => sum.ToBody(epoch));
        var merged = UsedBytes > target ? MergeGaps(target, gaps, ref events) : null;
        return new RetentionLoss(merged is null ? gaps : [merged], events, crops);
    }

    private long DeleteUntil(long target, string sql, params ReadOnlySpan<(string Name, object Value)> values)
    {
        using var delete = connection.Command(sql, values);
        delete.Parameters.AddWithValue("$max", Batch);
        long total = 0;
        while (UsedBytes > target)
        {
            var deleted = delete.ExecuteNonQuery();
            if (deleted == 0) break;
            total += deleted;
        }
        return total;
    }

    /// <summary>All but the gaps: those declare what is lost already.</summary>
    private GapSum LoseEvents(long target, OutboxPriority priority)
    {
        using var delete = connection.Command(
            "DELETE FROM outbox WHERE seq IN "
            + $"(SELECT seq FROM outbox WHERE prio = $prio AND acked_at IS NULL AND NOT {IsGap} "
            + "ORDER BY seq LIMIT $max) RETURNING seq",
            ("$prio", (int)priority), ("$max", Batch));
        var sum = new GapSum();
        while (UsedBytes > target)
        {
            var before = sum.Count;
            using (var rows = delete.ExecuteReader())
            {
                while (rows.Read()) sum.Add(rows.GetInt64(0), UsedUp);
            }
            if (sum.Count == before) break;
        }
        return sum;
    }

    /// <summary>Nothing else is left: makes one gap of all that wait and of <paramref name="fresh"/>; null when there
    /// is at most one, which would gain nothing.</summary>
    /// <param name="events">The deleted rows are added to it.</param>
    private NodeGapBody? MergeGaps(long target, List<NodeGapBody> fresh, ref long events)
    {
        if (connection.QueryNumber($"SELECT count(*) FROM outbox WHERE acked_at IS NULL AND {IsGap}") < 2) return null;
        var sum = new GapSum();
        fresh.ForEach(sum.Add);
        using var delete = connection.Command(
            "DELETE FROM outbox WHERE seq IN "
            + $"(SELECT seq FROM outbox WHERE acked_at IS NULL AND {IsGap} ORDER BY seq LIMIT $max) "
            + "RETURNING seq, body",
            ("$max", Batch));
        var isMore = true;
        while (isMore && UsedBytes > target)
        {
            isMore = false;
            using var rows = delete.ExecuteReader();
            while (rows.Read())
            {
                // Its own number is lost as well.
                sum.Add(rows.GetInt64(0), UsedUp);
                if (WireJson.TryReadEvent(rows.GetFieldValue<byte[]>(1), out _)?.Body.Gap is { } gap) sum.Add(gap);
                events++;
                isMore = true;
            }
        }
        return sum.ToBody(epoch);
    }
}
