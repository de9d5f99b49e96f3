using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Picket.Agent.Config;
using Picket.Agent.Telemetry;
using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>The one thread that writes the outbox: takes what is queued, commits as much as one transaction may hold, keeps the budget,
/// waits while the disk is full, and replaces a damaged file.</summary>
internal sealed partial class CommitLoop : IAsyncDisposable
{
    /// <summary>One commit: at 500 rows SQLite wrote 32,000 rows a second with one fsync in 12 ms (median); more only
    /// adds delay.</summary>
    private const int MaxBatch = 500;

    /// <summary>With the largest event (64 kB and a crop of 192 kB) on top it is 768 kB: what a commit may exceed the budget by fits in the
    /// file's reserve.</summary>
    private const int MaxCommitBytes = 512 * 1024;

    /// <summary>A file that is damaged again this soon is on a broken disk: then the node has to stop.</summary>
    private static readonly TimeSpan BeginAnewInterval = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    /// <summary>Between attempts on a full disk.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly OutboxFile _file;
    private readonly OutboxReader _reader;
    private readonly OutboxConfig _config;
    private readonly string _node;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly OutboxQueue _queue;
    private readonly object _patience = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private readonly FaultPace _full;
    private OutboxWriter _writer;
    private volatile OutboxWriter _shown;
    private Retention _retention;
    private long? _begunAnewAt;
    private volatile bool _isDegraded;
    private long _degradedSince;
    private long _degradedTicks;
    private bool _hasGivenUp;
    private SilentCommand? _recovery;
    private long _swept;

    /// <param name="file">Lent; must outlive the loop, as must <paramref name="queue"/> and <paramref name="reader"/>, which is reopened
    /// when the file is replaced.</param>
    public CommitLoop(
        OutboxFile file, OutboxQueue queue, OutboxReader reader, string node, OutboxConfig config, TimeProvider time,
        ILogger log)
    {
        (_file, _queue, _reader, _node, _config, _time, _log) = (file, queue, reader, node, config, time, log);
        _full = new FaultPace(time);
        _writer = _shown = new OutboxWriter(file.Connection, node, time);
        _retention = new Retention(file.Connection, config, _writer.Epoch, time);
        _thread = new Thread(Write) { IsBackground = true, Name = "outbox" };
    }

    /// <summary>Raised on the thread after a commit; handlers must not block.</summary>
    public event Action? Committed;

    /// <summary>Raised on the thread when a damaged file has been replaced; handlers must not block.</summary>
    public event Action? BegunAnew;

    /// <summary>Changes when the outbox is damaged and recreated.</summary>
    public Guid Epoch => _shown.Epoch;

    /// <inheritdoc cref="Epoch"/>
    public EpochClock Clock => _shown.Clock;

    /// <inheritdoc cref="OutboxStore.IsDegraded"/>
    public bool IsDegraded => _isDegraded;

    /// <inheritdoc cref="OutboxStore.DegradedFor"/>
    public TimeSpan DegradedFor
    {
        get
        {
            var before = TimeSpan.FromTicks(Interlocked.Read(ref _degradedTicks));
            return _isDegraded ? before + _time.GetElapsedTime(Interlocked.Read(ref _degradedSince)) : before;
        }
    }

    /// <summary>Starts writing: first of all what the file has lost since the last run.</summary>
    public void Start()
    {
        if (_file.SetAside is { } aside) LogSetAside(_log, aside);
        var isOther = _file.Marked is { } marked && (marked.Epoch != Epoch || marked.High > _writer.CommittedSeq);
        if (_file.SetAside is not null || isOther)
        {
            var last = _file.Marked;
            _recovery = new SilentCommand(writer => writer.Recover(last));
        }
        if (isOther && _file.SetAside is null) LogMissing(_log);
        _thread.Start();
    }

    /// <inheritdoc cref="OutboxStore.GiveUpWaiting"/>
    public void GiveUpWaiting()
    {
        lock (_patience)
        {
            _hasGivenUp = true;
            Monitor.PulseAll(_patience);
        }
    }

    /// <summary>Commits what is queued, then ends. What waits for a full disk fails.</summary>
    public async ValueTask DisposeAsync()
    {
        GiveUpWaiting();
        _queue.Close(new PicketException("the outbox is closed"));
        await _ended.Task;
        _writer.Dispose();
    }

    private void Write()
    {
        var batch = new List<OutboxCommand>(MaxBatch);
        if (_recovery is not null) batch.Add(_recovery);
        try
        {
            while (WorkOnce(batch))
            {
            }
        }
        catch (SqliteException e)
        {
            LogFailed(_log, e.Message);
            var failure = new PicketException(
                $"{_file.Connection.DataSource}: the outbox failed: {e.Message}; restart picket, which checks the file",
                inner: e);
            _queue.Close(failure);
            _queue.Take(batch, int.MaxValue, TimeSpan.Zero);
            foreach (var command in batch) command.End(failure);
        }
        _ended.SetResult();
    }

    /// <summary>Commits what is queued; false when the store is closed and everything is done. A file that turns out to be damaged is
    /// replaced, and what was not committed goes to the new one.</summary>
    private bool WorkOnce(List<OutboxCommand> batch)
    {
        try
        {
            if (batch.Count == 0 && !Take(batch)) return false;
            while (batch.Count > 0) Commit(batch);
        }
        catch (SqliteException e) when (OutboxFile.IsDamage(e) && MayBeginAnew())
        {
            BeginAnew();
        }
        return true;
    }

    private bool MayBeginAnew() =>
        _begunAnewAt is not { } last || _time.GetElapsedTime(last) >= BeginAnewInterval;

    private void BeginAnew()
    {
        _begunAnewAt = _time.GetTimestamp();
        var last = new HeldRange(_writer.Epoch, _writer.CommittedSeq + 1, _writer.CommittedSeq);
        _writer.Dispose();
        try
        {
            _file.Replace(_time);
        }
        catch (IOException e)
        {
            throw new SqliteException(e.Message, SQLitePCL.raw.SQLITE_IOERR);
        }
        LogSetAside(_log, _file.SetAside!);
        _writer = new OutboxWriter(_file.Connection, _node, _time);
        _retention = new Retention(_file.Connection, _config, _writer.Epoch, _time);
        InTransaction(() => _writer.Recover(last));
        _reader.Reopen();
        _shown = _writer;
        BegunAnew?.Invoke();
    }

    /// <summary>Waits for work, sweeping from time to time, and takes a batch of it; false when the store is closed and everything is
    /// done.</summary>
    private bool Take(List<OutboxCommand> batch)
    {
        while (batch.Count == 0)
        {
            if (_time.GetElapsedTime(_swept) >= SweepInterval) Sweep();
            if (!_queue.Take(batch, MaxBatch, SweepInterval)) return false;
        }
        return true;
    }

    private void Sweep()
    {
        _swept = _time.GetTimestamp();
        try
        {
            InTransaction(_retention.DeleteExpired);
            // Only the checkpoint overwrites the deleted pictures in the file, and nothing does in the journal.
            if (_retention.HasDeletedCrops) _retention.HasDeletedCrops = !_writer.EmptyJournal();
            _file.DeleteSetAside(_time.GetUtcNow() - _config.KeepAcked);
        }
        catch (SqliteException e) when (IsPassing(e))
        {
            TellFull(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotDeleted(_log, e.Message);
        }
    }

    /// <summary>Commits the first of <paramref name="batch"/>, as much as one transaction may hold, and removes them.</summary>
    private void Commit(List<OutboxCommand> batch)
    {
        var end = 0;
        while (true)
        {
            try
            {
                InTransaction(() =>
                {
                    end = 0;
                    do batch[end++].Execute(_writer);
                    while (end < batch.Count && _writer.UncommittedBytes < MaxCommitBytes);
                });
                break;
            }
            catch (SqliteException e) when (IsPassing(e))
            {
                if (Degrade(e)) continue;
                var events = batch.Count(command => command is AppendCommand);
                var failure = new PicketException(
                    $"{_file.Connection.DataSource}: the node ended while the outbox could not be written ({e.Message}); "
                        + $"{events} events were not written; {OutboxSql.Cure(e)}",
                    inner: e);
                foreach (var command in batch) command.End(failure);
                batch.Clear();
                return;
            }
        }
        if (_isDegraded) Recovered();
        if (batch[0] == _recovery)
        {
            _recovery = null;
            _file.Mark(_writer.Epoch, _writer.CommittedSeq);
        }
        for (var i = 0; i < end; i++) batch[i].End(null);
        batch.RemoveRange(0, end);
        Committed?.Invoke();
        while (TryFreeSpace(isDiskFull: false))
        {
        }
    }

    /// <summary>A disk that is full, fails or is mounted read-only, or another process with a lock on the file: all of that may pass, and
    /// stopping would help nobody. A file that was moved away does not come back.</summary>
    private static bool IsPassing(SqliteException e) =>
        e.SqliteErrorCode is SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_BUSY
            or SQLitePCL.raw.SQLITE_LOCKED or SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_READONLY
        && e.SqliteExtendedErrorCode != SQLitePCL.raw.SQLITE_READONLY_DBMOVED;

    /// <summary>The disk takes nothing: makes room or waits; false when nobody waits anymore.</summary>
    private bool Degrade(SqliteException e)
    {
        if (!_isDegraded) Interlocked.Exchange(ref _degradedSince, _time.GetTimestamp());
        _isDegraded = true;
        TellFull(e);
        // Over our own budget, pending events are deleted, lowest priority first. On a disk that others have filled they are not: that may
        // pass.
        var isFull = e.SqliteErrorCode is SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_IOERR;
        if (isFull && TryFreeSpace(isDiskFull: true)) return true;
        lock (_patience)
        {
            if (!_hasGivenUp) Monitor.Wait(_patience, RetryInterval);
            return !_hasGivenUp;
        }
    }

    private void Recovered()
    {
        if (_full.Ended()) LogRecovered(_log);
        _isDegraded = false;
        Interlocked.Add(ref _degradedTicks, _time.GetElapsedTime(_degradedSince).Ticks);
    }

    private void TellFull(SqliteException e)
    {
        if (_full.IsDue(e.Message)) LogFull(_log, e.Message, OutboxSql.Cure(e));
    }

    /// <summary>Deletes what is due, or, on a full disk, what may be deleted: pending events only over our own budget. Returns whether
    /// there is more room now.</summary>
    private bool TryFreeSpace(bool isDiskFull)
    {
        try
        {
            if (!isDiskFull && !_retention.IsAboveWater) return false;
            var mayLosePending = !isDiskFull || _retention.IsOverBudget;
            var before = _retention.UsedBytes;
            InTransaction(() =>
            {
                var loss = _retention.FreeSpace(mayLosePending);
                foreach (var gap in loss.Gaps) _writer.Declare(gap);
                if (loss.Events + loss.Crops == 0) return;
                _writer.CountLoss(loss.Events, loss.Crops);
                LogLoss(_log, loss.Events, loss.Crops);
            });
            return _retention.UsedBytes < before;
        }
        catch (SqliteException e) when (IsPassing(e))
        {
            TellFull(e);
            return false;
        }
    }

    private void InTransaction(Action work)
    {
        _writer.Begin();
        try
        {
            work();
            _writer.Commit();
            // Until it is declared, what is missing is recorded in the last run's mark: interrupted before that, the next run rereads it.
            if (_recovery is null) _file.Mark(_writer.Epoch, _writer.CommittedSeq);
        }
        catch
        {
            _writer.Rollback();
            throw;
        }
    }

    [LoggerMessage(1201, LogLevel.Error, "The outbox was damaged; it was moved to {Path} and a new one created. "
        + "Keep that file for support.")]
    private static partial void LogSetAside(ILogger log, string path);

    [LoggerMessage(1208, LogLevel.Error, "The outbox holds less than was written to it: its file or journal was damaged. "
        + "What is missing is declared as a gap")]
    private static partial void LogMissing(ILogger log);

    [LoggerMessage(1202, LogLevel.Error, "The outbox can't be written: {Reason} Events wait in memory; "
        + "{Cure}")]
    private static partial void LogFull(ILogger log, string reason, string cure);

    [LoggerMessage(1203, LogLevel.Information, "The outbox can be written again")]
    private static partial void LogRecovered(ILogger log);

    [LoggerMessage(1204, LogLevel.Warning, "The outbox's disk budget is used up: "
        + "{Events} events and {Crops} crops were deleted unsent")]
    private static partial void LogLoss(ILogger log, long events, long crops);

    [LoggerMessage(1207, LogLevel.Warning, "A damaged outbox that was set aside can't be deleted: {Reason}")]
    private static partial void LogNotDeleted(ILogger log, string reason);

    [LoggerMessage(1205, LogLevel.Error, "The outbox failed: {Reason}")]
    private static partial void LogFailed(ILogger log, string reason);
}
