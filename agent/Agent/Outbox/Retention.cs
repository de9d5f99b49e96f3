using Microsoft.Data.Sqlite;
using Picket.Agent.Config;
using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>Decides what leaves the outbox: what was acknowledged long ago, and, when the disk budget is used up, the oldest of the lowest
/// priority: first what the center has, then what it lacks.</summary>
internal sealed class Retention(SqliteConnection connection, OutboxConfig config, Guid epoch, TimeProvider time)
{
    /// <summary>Rows deleted by one statement: a few milliseconds.</summary>
    private const int Batch = 64;

    /// <summary>Rows deleted by one sweep, so that events never wait for it: 60 sweeps an hour are 61,440 rows, more than 16 cameras
    /// produce.</summary>
    private const int MaxExpiredPerSweep = 1024;

    /// <summary>Above this fraction of the budget, pictures are deleted: the rest is reserved for events.</summary>
    private const double CropWater = 0.8;

    /// <summary>Above this fraction, what the center has is deleted, then health: the rest is reserved for reads and alerts.</summary>
    private const double HealthWater = 0.9;

    /// <summary>Freeing goes this fraction of the budget below the mark, so that gap events are few.</summary>
    private const double Slack = 0.05;

    /// <summary>On a disk that others have filled, this fraction of what we use is given back, if the center has it.</summary>
    private const double GivenBack = 0.1;

    /// <summary>The most that one transaction frees: its journal has to fit on a nearly full disk, and events wait for it.</summary>
    private const long MaxFreedBytes = 4 * 1024 * 1024;

    private const string UsedUp = "disk budget used up";

    /// <summary>As <see cref="EventEnvelope"/> is written. Inside a JSON string the quotes would be escaped, so nothing
    /// else holds these bytes.</summary>
    public const string IsGap = """instr(body, CAST('"kind":"node.gap"' AS BLOB)) > 0""";

    /// <summary>In order of deletion; crops come after all events.</summary>
    private static readonly OutboxPriority[] LowestFirst =
        [OutboxPriority.Health, OutboxPriority.Read, OutboxPriority.Alert];

    private readonly WallClockWatch _wallClock = new(connection, time);

    /// <summary>Bytes in the file, without free pages.</summary>
    public long UsedBytes =>
        (connection.QueryNumber("PRAGMA page_count") - connection.QueryNumber("PRAGMA freelist_count"))
        * OutboxFile.PageBytes;

    public bool IsOverBudget => UsedBytes > config.BudgetBytes;

    /// <summary>Whether something has to be deleted now.</summary>
    public bool IsAboveWater
    {
        get
        {
            var used = UsedBytes;
            return used > config.BudgetBytes
                || (used > config.BudgetBytes * HealthWater && Exists(
                    "SELECT 1 FROM outbox WHERE acked_at IS NOT NULL",
                    $"SELECT 1 FROM outbox WHERE acked_at IS NULL AND prio = {(int)OutboxPriority.Health}"))
                || (used > config.BudgetBytes * CropWater && Exists("SELECT 1 FROM crop"));
        }
    }

    /// <summary>Whether crops were deleted that the journal may still hold; reset by whoever empties it.</summary>
    public bool HasDeletedCrops { get; set; }

    /// <summary>Deletes some of what was acknowledged longer ago than the configured retention.</summary>
    public void DeleteExpired()
    {
        KeepClock();
        AckFutureNow();
        var limit = time.GetUtcNow() - config.KeepAcked;
        // The age of what was acknowledged before the clock jumped is unknown: it counts from the jump.
        if (_wallClock.SteadySince() > limit) return;
        var deleted = connection.Execute(
            "DELETE FROM crop WHERE seq IN "
            + "(SELECT seq FROM crop WHERE acked_at <= $limit ORDER BY acked_at LIMIT $max)",
            ("$limit", limit.ToUnixTimeMilliseconds()), ("$max", MaxExpiredPerSweep));
        HasDeletedCrops |= deleted > 0;
        foreach (var priority in LowestFirst)
            deleted += connection.Execute(
                "DELETE FROM outbox WHERE seq IN "
                + "(SELECT seq FROM outbox WHERE prio = $prio AND acked_at <= $limit ORDER BY acked_at LIMIT $max)",
                ("$prio", (int)priority), ("$limit", limit.ToUnixTimeMilliseconds()),
                ("$max", MaxExpiredPerSweep - Math.Min(deleted, MaxExpiredPerSweep)));
        if (deleted == 0) return;
        foreach (var table in (string[])["declared", "dead"])
            connection.Execute(
                $"DELETE FROM {table} WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.seq = {table}.seq)");
    }

    /// <summary>Deletes what has to go at the outbox's current fill level, at most 4 MiB at a time: above 80 % of the budget pictures,
    /// above 90 % what the center has, and health; reads and then alerts only when it is used up.</summary>
    /// <param name="mayLosePending">Whether events and crops that the center lacks may be deleted; otherwise only acknowledged ones are,
    /// whatever the level.</param>
    public RetentionLoss FreeSpace(bool mayLosePending)
    {
        KeepClock();
        var used = UsedBytes;
        var least = used - MaxFreedBytes;
        long Below(double water) => mayLosePending
            ? Math.Max((long)(config.BudgetBytes * (water - Slack)), least)
            : Math.Max((long)(used * (1 - GivenBack)), least);
        var ackedCrops = used > config.BudgetBytes * CropWater || !mayLosePending
            ? DeleteUntil(
                Below(CropWater),
                "DELETE FROM crop WHERE seq IN "
                + "(SELECT seq FROM crop WHERE acked_at IS NOT NULL ORDER BY acked_at LIMIT $max)")
            : 0;
        HasDeletedCrops |= ackedCrops > 0;
        var crops = mayLosePending && used > config.BudgetBytes * CropWater ? LoseCrops(Below(CropWater)) : 0;
        if (UsedBytes > config.BudgetBytes * HealthWater || !mayLosePending) DeleteAcked(Below(HealthWater));
        if (!mayLosePending) return new RetentionLoss([], 0, 0);
        var sum = new GapSum();
        sum.AddCrops(crops, UsedUp);
        if (UsedBytes > config.BudgetBytes * HealthWater) LoseEvents(Below(HealthWater), OutboxPriority.Health, sum);
        if (UsedBytes > config.BudgetBytes) LoseEvents(Below(1), OutboxPriority.Read, sum);
        if (UsedBytes > config.BudgetBytes) LoseEvents(Below(1), OutboxPriority.Alert, sum);
        var events = sum.Count;
        var isMerged = UsedBytes > config.BudgetBytes && MergeGaps(Below(1), sum, ref events);
        return new RetentionLoss(isMerged ? [sum.ToOneGap(epoch)] : [.. sum.ToGaps(epoch)], events, crops);
    }

    /// <summary>Keeps the clock of the newest event, which may be among the deleted: the next run continues from it.</summary>
    private void KeepClock() =>
        connection.Execute("""
            INSERT INTO meta
              SELECT 'last_mono', mono FROM outbox WHERE seq = (SELECT max(seq) FROM outbox)
              UNION ALL SELECT 'last_created', created FROM outbox WHERE seq = (SELECT max(seq) FROM outbox)
              ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value
            """);

    /// <summary>Acks dated in the future were made under a clock that ran ahead: such rows would be kept longer by as much as it was
    /// off.</summary>
    private void AckFutureNow()
    {
        var now = time.GetUtcNow();
        var future = (now + WallClockWatch.Tolerance).ToUnixTimeMilliseconds();
        connection.Execute(
            "UPDATE crop SET acked_at = $now WHERE seq IN (SELECT seq FROM crop WHERE acked_at > $future LIMIT $max)",
            ("$now", now.ToUnixTimeMilliseconds()), ("$future", future), ("$max", MaxExpiredPerSweep));
        foreach (var priority in LowestFirst)
            connection.Execute(
                "UPDATE outbox SET acked_at = $now WHERE seq IN "
                + "(SELECT seq FROM outbox WHERE prio = $prio AND acked_at > $future LIMIT $max)",
                ("$now", now.ToUnixTimeMilliseconds()), ("$prio", (int)priority), ("$future", future),
                ("$max", MaxExpiredPerSweep));
    }

    private long LoseCrops(long target)
    {
        var crops = DeleteUntil(
            target,
            "DELETE FROM crop WHERE seq IN (SELECT seq FROM crop WHERE acked_at IS NULL ORDER BY seq LIMIT $max)");
        HasDeletedCrops |= crops > 0;
        return crops;
    }

    private void DeleteAcked(long target)
    {
        foreach (var priority in LowestFirst)
            DeleteUntil(
                target,
                "DELETE FROM outbox WHERE seq IN "
                + "(SELECT seq FROM outbox WHERE prio = $prio AND acked_at IS NOT NULL ORDER BY acked_at LIMIT $max)",
                ("$prio", (int)priority));
    }

    private bool Exists(params ReadOnlySpan<string> selects)
    {
        foreach (var select in selects)
        {
            if (connection.QueryNumber($"SELECT EXISTS ({select})") != 0) return true;
        }
        return false;
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

    /// <summary>All but the gaps: those declare what is already lost.</summary>
    private void LoseEvents(long target, OutboxPriority priority, GapSum sum)
    {
        using var delete = connection.Command(
            "DELETE FROM outbox WHERE seq IN "
            + $"(SELECT seq FROM outbox WHERE prio = $prio AND acked_at IS NULL AND NOT {IsGap} "
            + "ORDER BY seq LIMIT $max) RETURNING seq",
            ("$prio", (int)priority), ("$max", Batch));
        while (UsedBytes > target)
        {
            var before = sum.Count;
            using (var rows = delete.ExecuteReader())
            {
                while (rows.Read()) sum.Add(rows.GetInt64(0), UsedUp);
            }
            if (sum.Count == before) break;
        }
    }

    /// <summary>Nothing else is left: merges all pending gaps and <paramref name="sum"/> into one; false when there is at most one, which
    /// would gain nothing.</summary>
    /// <param name="events">The deleted rows are added to it.</param>
    private bool MergeGaps(long target, GapSum sum, ref long events)
    {
        if (connection.QueryNumber($"SELECT count(*) FROM outbox WHERE acked_at IS NULL AND {IsGap}") < 2) return false;
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
                var gap = WireJson.TryReadEvent(rows.GetFieldValue<byte[]>(1), out _)?.Body.Gap;
                sum.Merge(rows.GetInt64(0), gap, UsedUp);
                events++;
                isMore = true;
            }
        }
        return true;
    }
}

/// <summary>What retention had to delete although the center had not acknowledged it.</summary>
/// <param name="Gaps">To be declared in the same transaction.</param>
/// <param name="Events">Rows deleted; fewer than the gaps count where older gaps were merged into them.</param>
internal sealed record RetentionLoss(IReadOnlyList<GapDraft> Gaps, long Events, long Crops);
