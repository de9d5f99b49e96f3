using Microsoft.Extensions.Logging;
using Picket.Center.Store;

namespace Picket.Center.Receive;

/// <summary>Deletes what has been kept long enough, a little at a time, beside all other work.</summary>
/// <remarks>What counts is when events arrived here. A clock that is set ahead by mistake must not delete a year at once: it is
/// believed only as far as the newest arrival before the start, and the time since then, vouch for it.</remarks>
internal sealed class CenterRetention(CenterStore store, KeepTimes keep, ILogger log, TimeProvider time)
{
    /// <summary>Rows in one transaction: a few milliseconds, during which storing waits.</summary>
    private const int Batch = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>200 rows in 50 ms are at most 4,000 a second: the backlog of years is gone in an hour, and storing gets its
    /// turn in between.</summary>
    private static readonly TimeSpan BetweenBatches = TimeSpan.FromMilliseconds(50);

    /// <summary>A site may have been off for a day; a year means a wrong clock, or else a database that is kept a little
    /// longer than needed.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromDays(1);

    private readonly LogThrottle _faults = new(time);
    private readonly long _started = time.GetTimestamp();
    private DateTimeOffset? _vouched;

    /// <summary>Works until canceled; waits while the database has a fault.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                try
                {
                    while (await TakeTurnAsync(cancel) > 0) await Task.Delay(BetweenBatches, time, cancel);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // The inbox uses the same database and decides; what is not deleted now is deleted at the next turn.
                    _faults.Add("", _ => ReceiveLog.NotDeleted(log, e.Message));
                }
                await Task.Delay(Pause, time, cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The center ends.
        }
    }

    /// <summary>Deletes some rows and returns how many.</summary>
    internal async Task<int> TakeTurnAsync(CancellationToken cancel)
    {
        var now = Now();
        long Until(TimeSpan kept) => UnixMicroseconds.From(now - kept);
        return await store.DeleteAsync(
            rows =>
            {
                foreach (var kind in rows.Kinds())
                {
                    if (keep.Of(kind) is not { } kept) continue;
                    if (rows.DeleteEvents(kind, Until(kept), Batch) is var deleted and > 0) return deleted;
                }
                return rows.DeleteCrops(Until(keep.Crops), Batch)
                    + rows.DeleteConflicts(Until(keep.Longest), Batch)
                    + rows.DeleteEpochs(Until(keep.Longest), Batch);
            },
            cancel);
    }

    private DateTimeOffset Now()
    {
        _vouched ??= store.Reader.LastReceivedAt() is { } last ? UnixMicroseconds.ToMoment(last) : time.GetUtcNow();
        var believed = _vouched.Value + Tolerance + time.GetElapsedTime(_started);
        var now = time.GetUtcNow();
        if (now <= believed) return now;
        _faults.Add("clock", _ => ReceiveLog.ClockAhead(log, now, believed));
        return believed;
    }
}
