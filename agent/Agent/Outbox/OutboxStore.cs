using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Picket.Agent.Config;
using Picket.Agent.Telemetry;
using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>Where events come into being: an event exists from the moment that <see cref="AppendAsync"/> completes, and
/// stays until retention deletes it. One thread writes, in group commits; members may be called from any
/// thread.</summary>
internal sealed partial class OutboxStore : IAsyncDisposable
{
    /// <summary>Events and acks that wait for the disk, each at most 64 kB plus a crop of 192 kB, usually 25 kB: 13 MB,
    /// at worst 131 MB. A busy node makes 5 events a second, so that a full disk is bridged for 100 s; then appending
    /// waits.</summary>
    private const int MaxWaiting = 512;

    /// <summary>One commit: at 500 rows SQLite wrote 32,000 rows a second with one fsync in 12 ms (median); more only
    /// adds delay.</summary>
    private const int MaxBatch = 500;

    /// <summary>With the largest event (64 kB and a crop of 192 kB) on top it is 768 kB: what a commit may go over the
    /// budget fits the file's reserve.</summary>
    private const int MaxCommitBytes = 512 * 1024;

    /// <summary>A file that is damaged again this soon lies on a disk that is broken: then the node has to
    /// stop.</summary>
    private static readonly TimeSpan s_beginAnewInterval = TimeSpan.FromMinutes(1);

    /// <summary>Whoever speaks in the center's name can make numbers skip: so often, and <see cref="OutboxWriter.MaxSkipped"/>
    /// at a time, it takes two years to use them up.</summary>
    private static readonly TimeSpan s_renumberInterval = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromMinutes(1);

    /// <summary>Between attempts on a full disk.</summary>
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromSeconds(1);

    private readonly OutboxFile _file;
    private readonly OutboxConfig _config;
    private readonly string _node;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _slots = new(MaxWaiting);
    private readonly BlockingCollection<OutboxCommand[]> _commands = [];
    private readonly Queue<OutboxCommand> _taken = new();
    private readonly object _patience = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private readonly FaultPace _full;
    private OutboxWriter _writer;
    private volatile OutboxWriter _shown;
    private Retention _retention;
    private long? _begunAnewAt;
    private long? _renumberedAt;
    private int _done;
    private volatile PicketException? _failure;
    private volatile bool _isDegraded;
    private long _degradedSince;
    private long _degradedTicks;
    private bool _hasGivenUp;
    private bool _isRecovering;
    private long _swept;

    private OutboxStore(OutboxFile file, string node, OutboxConfig config, TimeProvider time, ILogger log)
    {
        _file = file;
        _time = time;
        _log = log;
        _node = node;
        _config = config;
        _full = new FaultPace(time);
        _writer = _shown = new OutboxWriter(file.Connection, node, time);
        _retention = new Retention(file.Connection, config, _writer.Epoch, time);
        Reader = OutboxReader.Open(Path.GetDirectoryName(file.Connection.DataSource)!);
        _thread = new Thread(Write) { IsBackground = true, Name = "outbox" };
    }

    /// <summary>Raised on the writer's thread after a commit with new events; handlers must not block.</summary>
    public event Action? Appended;

    /// <summary>Raised when events before those last read may be unsent again; handlers must not block.</summary>
    public event Action? Rewound;

    /// <summary>For the link, the status and the command line; lives as long as the store.</summary>
    public OutboxReader Reader { get; }

    /// <summary>Changes when the outbox is damaged and begun anew while the node runs: numbers begin at 1
    /// then.</summary>
    public Guid Epoch => _shown.Epoch;

    /// <summary>The clock of <see cref="EventEnvelope.Mono"/> and <see cref="OutboxRow.Decoded"/>.</summary>
    public EpochClock Clock => _shown.Clock;

    /// <summary>Where a damaged outbox was moved to last, or null; its events have a gap event in the new
    /// one.</summary>
    public string? SetAside => _file.SetAside;

    /// <summary>True while the disk is full or fails: events wait in memory.</summary>
    public bool IsDegraded => _isDegraded;

    /// <summary>How long that was so since the start, all times together.</summary>
    public TimeSpan DegradedFor
    {
        get
        {
            var before = TimeSpan.FromTicks(Interlocked.Read(ref _degradedTicks));
            return _isDegraded ? before + _time.GetElapsedTime(Interlocked.Read(ref _degradedSince)) : before;
        }
    }

    /// <summary>Opens the outbox of <paramref name="folder"/>, making folder (mode 0700) and file (0600) if
    /// needed.</summary>
    /// <exception cref="PicketException">The folder can't be written, or another process uses it.</exception>
    public static OutboxStore Open(string folder, string node, OutboxConfig config, TimeProvider time, ILogger log) =>
        Start(OutboxFile.Open(folder, config.BudgetBytes, time), node, config, time, log);

    /// <summary>Takes ownership of <paramref name="file"/>.</summary>
    public static OutboxStore Start(OutboxFile file, string node, OutboxConfig config, TimeProvider time, ILogger log)
    {
        OutboxStore store;
        try
        {
            store = new OutboxStore(file, node, config, time, log);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        if (file.SetAside is { } aside) LogSetAside(log, aside);
        var isOther = file.Marked is { } marked
            && (marked.Epoch != store.Epoch || marked.High > store._writer.CommittedSeq);
        if (file.SetAside is not null || isOther)
        {
            store._isRecovering = true;
            store._commands.Add([new RecoverCommand(file.Marked)]);
        }
        if (isOther && file.SetAside is null) LogMissing(log);
        store._thread.Start();
        return store;
    }

    /// <summary>Commits an event and completes with it, numbered; waits while the disk is full.</summary>
    /// <param name="cancel">Ends the wait; an event that had its turn in the queue is committed all the same.</param>
    /// <exception cref="ArgumentException">The event's or crop's id was used before, or the crop is empty or too
    /// large.</exception>
    /// <exception cref="PicketException">The outbox has failed for good or was closed.</exception>
    public async Task<EventEnvelope> AppendAsync(OutboxEntry entry, CancellationToken cancel)
    {
        var command = new AppendCommand(entry);
        await _slots.WaitAsync(cancel).ConfigureAwait(false);
        Enqueue(command);
        return await command.Done.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>As <see cref="AppendAsync"/> for several, which are committed together as far as they fit; each has a task
    /// of its own.</summary>
    /// <exception cref="PicketException">The outbox was closed.</exception>
    public async Task<Task<EventEnvelope>[]> AppendEachAsync(
        IReadOnlyList<OutboxEntry> entries, CancellationToken cancel)
    {
        var tasks = new Task<EventEnvelope>[entries.Count];
        for (var done = 0; done < entries.Count;)
        {
            // Who waits for all places at once would wait for another who does.
            await _slots.WaitAsync(cancel).ConfigureAwait(false);
            var places = 1;
            while (done + places < entries.Count && _slots.Wait(TimeSpan.Zero)) places++;
            var commands = new OutboxCommand[places];
            for (var i = 0; i < places; i++, done++)
            {
                var command = new AppendCommand(entries[done]);
                (commands[i], tasks[done]) = (command, command.Done);
            }
            Enqueue(commands);
        }
        return tasks;
    }

    /// <summary>Marks events and crops as stored by the center; completes, after the commit, with how many were not
    /// marked before.</summary>
    /// <remarks>Unknown ids are no error: retention may have deleted the row since.</remarks>
    public async Task<int> MarkAckedAsync(IReadOnlyList<Guid> ids, CancellationToken cancel)
    {
        var command = new AckCommand(ids);
        await _slots.WaitAsync(cancel).ConfigureAwait(false);
        Enqueue(command);
        return await command.Done.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Keeps events that the center never takes as dead letters: shown, not sent again, and their numbers declared
    /// lost. Completes, after the commit, with how many were none before.</summary>
    public async Task<int> BuryAsync(IReadOnlyList<(Guid Id, string Reason)> refused, CancellationToken cancel)
    {
        var command = new BuryCommand(refused);
        await _slots.WaitAsync(cancel).ConfigureAwait(false);
        Enqueue(command);
        return await command.Done.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Declares, by a gap event without numbers, what was left out before it got here.</summary>
    public Task DeclareLeftOutAsync(long crops, long events, string reason, CancellationToken cancel) =>
        AppendAsync(
            Gap(new NodeGapBody(
                Epoch, 0, 0, 0, reason, Crops: crops > 0 ? crops : null, Unnumbered: events > 0 ? events : null)),
            cancel);

    /// <summary>Marks the events of <paramref name="ranges"/> that are still here as unsent again, and declares the
    /// others lost; completes when that is committed. The same again changes nothing.</summary>
    public async Task ResendAsync(IReadOnlyList<EpochRange> ranges, CancellationToken cancel)
    {
        foreach (var range in ranges)
        {
            for (var from = range.From; from <= range.To && from > 0;)
            {
                var command = new ResendCommand(range with { From = from });
                await _slots.WaitAsync(cancel).ConfigureAwait(false);
                Enqueue(command);
                from = await command.Done.WaitAsync(cancel).ConfigureAwait(false);
            }
        }
        Rewound?.Invoke();
    }

    /// <summary>The center has events with the numbers up to <paramref name="taken"/>'s end that are none of this outbox's: it
    /// was set back to an earlier state, or copied. Numbers go on above them, and a gap event says so. False when they are
    /// this outbox's own, or it was done a moment ago.</summary>
    public async Task<bool> RenumberAsync(EpochRange taken, CancellationToken cancel)
    {
        if (_renumberedAt is { } at && _time.GetElapsedTime(at) < s_renumberInterval) return false;
        var command = new RenumberCommand(taken);
        await _slots.WaitAsync(cancel).ConfigureAwait(false);
        Enqueue(command);
        if (!await command.Done.WaitAsync(cancel).ConfigureAwait(false)) return false;
        _renumberedAt = _time.GetTimestamp();
        return true;
    }

    /// <summary>The last event of each passage that the last run of the node did not end; to be called before new
    /// events are appended.</summary>
    /// <remarks>One that can't be read is logged and deleted: nobody can end it.</remarks>
    /// <exception cref="PicketException">The outbox has failed for good or was closed.</exception>
    public IReadOnlyList<EventEnvelope> OpenPassages()
    {
        var (open, unreadable) = Reader.OpenPassages();
        if (unreadable.Count > 0)
        {
            LogUnreadablePassages(_log, unreadable.Count);
            _slots.Wait();
            Enqueue(new ForgetPassagesCommand(unreadable));
        }
        return open;
    }

    /// <summary>Somebody could not read the outbox: if the file is damaged, it is set aside and a new one
    /// begun.</summary>
    public void CheckFile()
    {
        // Else there is work enough to run into it.
        if (!_slots.Wait(TimeSpan.Zero)) return;
        try
        {
            Enqueue(new CheckCommand());
        }
        catch (PicketException)
        {
            // It is closed, or has failed: those who wait know.
            return;
        }
    }

    /// <summary>From now on nothing waits for a full disk: what does, and what comes while it still is full, fails with
    /// a <see cref="PicketException"/>. For a node that was told to end; any number of times, also after the
    /// end.</summary>
    public void GiveUpWaiting()
    {
        lock (_patience)
        {
            _hasGivenUp = true;
            Monitor.PulseAll(_patience);
        }
    }

    /// <summary>Commits what waits, then closes the file. What waits for a full disk fails.</summary>
    public async ValueTask DisposeAsync()
    {
        GiveUpWaiting();
        _commands.CompleteAdding();
        await _ended.Task.ConfigureAwait(false);
        Reader.Dispose();
        _writer.Dispose();
        _file.Dispose();
        _commands.Dispose();
    }

    private void Enqueue(params OutboxCommand[] commands)
    {
        try
        {
            _commands.Add(commands, CancellationToken.None);
        }
        catch (InvalidOperationException e)
        {
            // Those who wait for a slot are to find the outbox closed as well.
            _slots.Release(commands.Length);
            throw _failure ?? new PicketException("the outbox is closed", inner: e);
        }
    }

    private void Write()
    {
        var batch = new List<OutboxCommand>(MaxBatch);
        try
        {
            while (WorkOnce(batch))
            {
            }
        }
        catch (SqliteException e)
        {
            LogFailed(_log, e.Message);
            _failure = new PicketException(
                $"{_file.Connection.DataSource}: the outbox failed: {e.Message}; restart picket, it checks the file",
                inner: e);
            _commands.CompleteAdding();
            Fail([.. batch, .. _taken], _failure);
            foreach (var some in _commands.GetConsumingEnumerable()) Fail(some, _failure);
        }
        _ended.SetResult();
    }

    /// <summary>Commits what waits; false when the store is closed and all is done. A file that turns out to be damaged
    /// is replaced, and what was not committed goes to the new one.</summary>
    private bool WorkOnce(List<OutboxCommand> batch)
    {
        try
        {
            if (batch.Count == 0)
            {
                _done = 0;
                if (!Take(batch)) return false;
            }
            while (_done < batch.Count) Commit(batch);
            Release(batch);
            batch.Clear();
        }
        catch (SqliteException e) when (OutboxFile.IsDamage(e) && MayBeginAnew())
        {
            BeginAnew();
        }
        return true;
    }

    private bool MayBeginAnew() =>
        _begunAnewAt is not { } last || _time.GetElapsedTime(last) >= s_beginAnewInterval;

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
        Reader.Reopen();
        _shown = _writer;
        Rewound?.Invoke();
    }

    private void Fail(IReadOnlyList<OutboxCommand> commands, PicketException failure)
    {
        foreach (var command in commands) command.Fail(failure);
        Release(commands);
    }

    /// <summary>The first command of a run has taken no slot.</summary>
    private void Release(IReadOnlyList<OutboxCommand> commands)
    {
        var slots = commands.Count - (commands.Count > 0 && commands[0] is RecoverCommand ? 1 : 0);
        if (slots > 0) _slots.Release(slots);
    }

    /// <summary>Waits for work and takes all there is, sweeping once in a while; false when the store is closed and all
    /// is done.</summary>
    private bool Take(List<OutboxCommand> batch)
    {
        OutboxCommand[]? some = null;
        while (_taken.Count == 0)
        {
            if (_commands.IsCompleted) return false;
            if (_time.GetElapsedTime(_swept) >= s_sweepInterval) Sweep();
            if (!_commands.TryTake(out some, s_sweepInterval)) continue;
            foreach (var command in some) _taken.Enqueue(command);
        }
        while (_taken.Count < MaxBatch && _commands.TryTake(out some))
        {
            foreach (var command in some) _taken.Enqueue(command);
        }
        while (batch.Count < MaxBatch && _taken.TryDequeue(out var next)) batch.Add(next);
        return true;
    }

    private void Sweep()
    {
        _swept = _time.GetTimestamp();
        try
        {
            InTransaction(_retention.DeleteExpired);
            // The deleted pictures are overwritten in the file only by the checkpoint, and in the journal by nothing.
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

    /// <summary>Commits <paramref name="batch"/> from <see cref="_done"/> on, as much as one transaction may
    /// hold.</summary>
    private void Commit(List<OutboxCommand> batch)
    {
        var start = _done;
        var end = start;
        while (true)
        {
            try
            {
                InTransaction(() =>
                {
                    end = start;
                    do batch[end++].Execute(_writer);
                    while (end < batch.Count && _writer.UncommittedBytes < MaxCommitBytes);
                });
                break;
            }
            catch (SqliteException e) when (IsPassing(e))
            {
                if (Degrade(e)) continue;
                var events = batch.Skip(start).Count(command => command is AppendCommand);
                var failure = new PicketException(
                    $"{_file.Connection.DataSource}: the node ended while the outbox could not be written ({e.Message}); "
                        + $"{events} events were not written; {OutboxSql.Cure(e)}",
                    inner: e);
                for (var i = start; i < batch.Count; i++) batch[i].Fail(failure);
                _done = batch.Count;
                return;
            }
        }
        if (_isDegraded) Recovered();
        _done = end;
        if (_isRecovering && batch.Take(end).Any(command => command is RecoverCommand))
        {
            _isRecovering = false;
            _file.Mark(_writer.Epoch, _writer.CommittedSeq);
        }
        for (var i = start; i < end; i++) batch[i].Complete();
        Appended?.Invoke();
        while (TryFreeSpace(isDiskFull: false))
        {
        }
    }

    /// <summary>A disk that is full, fails or is mounted read-only, or another process with a lock on the file: all that
    /// may end, and until then stopping would help nobody. A file that was moved away does not come back.</summary>
    private static bool IsPassing(SqliteException e) =>
        e.SqliteErrorCode is SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_BUSY
            or SQLitePCL.raw.SQLITE_LOCKED or SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_READONLY
        && e.SqliteExtendedErrorCode != SQLitePCL.raw.SQLITE_READONLY_DBMOVED;

    /// <summary>The disk takes nothing: makes room or waits; false when nobody waits any more.</summary>
    private bool Degrade(SqliteException e)
    {
        if (!_isDegraded) Interlocked.Exchange(ref _degradedSince, _time.GetTimestamp());
        _isDegraded = true;
        TellFull(e);
        // Over our budget pending events go, lowest priority first. On a disk that others filled they do not: that may
        // pass.
        var isFull = e.SqliteErrorCode is SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_IOERR;
        if (isFull && TryFreeSpace(isDiskFull: true)) return true;
        lock (_patience)
        {
            if (!_hasGivenUp) Monitor.Wait(_patience, s_retryInterval);
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

    /// <summary>Frees what has to go by now, or, on a full disk, what may: pending events only over our own budget. Returns
    /// whether there is more room now.</summary>
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

    private OutboxEntry Gap(NodeGapBody gap) =>
        new() { At = _time.GetUtcNow(), Kind = EventKind.NodeGap, Body = new EventBody { Gap = gap } };

    private void InTransaction(Action work)
    {
        _writer.Begin();
        try
        {
            work();
            _writer.Commit();
            // The mark of the last run says what is missing, until that is declared: cut before, the next run reads it again.
            if (!_isRecovering) _file.Mark(_writer.Epoch, _writer.CommittedSeq);
        }
        catch
        {
            _writer.Rollback();
            throw;
        }
    }

    [LoggerMessage(1201, LogLevel.Error, "The outbox was damaged; it was moved to {Path} and a new one begun. "
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

    [LoggerMessage(1206, LogLevel.Warning, "{Count} open passages in the outbox can't be read; they were deleted")]
    private static partial void LogUnreadablePassages(ILogger log, int count);

    [LoggerMessage(1207, LogLevel.Warning, "A damaged outbox that was set aside can't be deleted: {Reason}")]
    private static partial void LogNotDeleted(ILogger log, string reason);

    [LoggerMessage(1205, LogLevel.Error, "The outbox failed: {Reason}")]
    private static partial void LogFailed(ILogger log, string reason);
}
