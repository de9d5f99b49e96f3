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

    /// <summary>Deleted first to last; crops are behind all events.</summary>
    private static readonly OutboxPriority[] s_lowestFirst =
        [OutboxPriority.Health, OutboxPriority.Read, OutboxPriority.Alert];

    /// <summary>Bytes in the file, without the pages that are free.</summary>
    public long UsedBytes =>
        (connection.QueryNumber("PRAGMA page_count") - connection.QueryNumber("PRAGMA freelist_count"))
        * OutboxFile.PageBytes;

    public bool IsOverBudget => UsedBytes > config.BudgetBytes;

    /// <summary>Deletes some of what was acknowledged longer ago than the configuration keeps it.</summary>
    public void DeleteExpired()
    {
        var limit = (time.GetUtcNow() - config.KeepAcked).ToUnixTimeMilliseconds();
        var deleted = connection.Execute(
            "DELETE FROM crop WHERE seq IN "
            + "(SELECT seq FROM crop WHERE acked_at <= $limit ORDER BY acked_at LIMIT $max)",
            ("$limit", limit), ("$max", MaxExpiredPerSweep));
        foreach (var priority in s_lowestFirst)
            deleted += connection.Execute(
                "DELETE FROM outbox WHERE seq IN "
                + "(SELECT seq FROM outbox WHERE prio = $prio AND acked_at <= $limit ORDER BY acked_at LIMIT $max)",
                ("$prio", (int)priority), ("$limit", limit),
                ("$max", MaxExpiredPerSweep - Math.Min(deleted, MaxExpiredPerSweep)));
    }

    /// <summary>Deletes until a tenth of what is used (of the budget, if more is used) is free.</summary>
    /// <param name="mayLosePending">Whether events and crops that the center does not have may go; else only
    /// acknowledged ones do.</param>
    public RetentionLoss FreeSpace(bool mayLosePending)
    {
        var target = (long)(Math.Min(UsedBytes, config.BudgetBytes) * LowWater);
        DeleteUntil(
            target,
            "DELETE FROM crop WHERE seq IN "
            + "(SELECT seq FROM crop WHERE acked_at IS NOT NULL ORDER BY acked_at LIMIT $max)");
        foreach (var priority in s_lowestFirst)
            DeleteUntil(
                target,
                "DELETE FROM outbox WHERE seq IN "
                + "(SELECT seq FROM outbox WHERE prio = $prio AND acked_at IS NOT NULL ORDER BY acked_at LIMIT $max)",
                ("$prio", (int)priority));
        if (!mayLosePending) return new RetentionLoss([], 0);

        var crops = DeleteUntil(
            target,
            "DELETE FROM crop WHERE seq IN (SELECT seq FROM crop WHERE acked_at IS NULL ORDER BY seq LIMIT $max)");
        var gaps = new List<NodeGapBody>();
        foreach (var priority in s_lowestFirst)
        {
            if (LosePending(target, priority) is { } gap) gaps.Add(gap);
        }
        return new RetentionLoss(gaps, crops);
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

    private NodeGapBody? LosePending(long target, OutboxPriority priority)
    {
        using var delete = connection.Command(
            "DELETE FROM outbox WHERE seq IN "
            + "(SELECT seq FROM outbox WHERE prio = $prio AND acked_at IS NULL ORDER BY seq LIMIT $max) RETURNING seq",
            ("$prio", (int)priority), ("$max", Batch));
        var (first, last, count) = (long.MaxValue, 0L, 0L);
        while (UsedBytes > target)
        {
            var before = count;
            using (var rows = delete.ExecuteReader())
            {
                while (rows.Read())
                {
                    var seq = rows.GetInt64(0);
                    (first, last, count) = (Math.Min(first, seq), Math.Max(last, seq), count + 1);
                }
            }
            if (count == before) break;
        }
        return count == 0 ? null : new NodeGapBody(epoch, first, last, count, "disk budget used up");
    }
}
