using Microsoft.Extensions.Logging;
using Picket.Agent.Config;
using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>Where events are created: an event exists once <see cref="AppendAsync"/> completes, and stays until retention deletes it. One
/// thread writes, in group commits; members may be called from any thread.</summary>
internal sealed partial class OutboxStore : IOutbox, IAsyncDisposable
{
    /// <summary>Whoever speaks in the center's name can make numbers skip: at this interval, and <see cref="OutboxWriter.MaxSkipped"/> at a
    /// time, it takes two years to use them up.</summary>
    private static readonly TimeSpan RenumberInterval = TimeSpan.FromMinutes(10);

    private readonly OutboxFile _file;
    private readonly OutboxQueue _queue = new();
    private readonly CommitLoop _loop;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private long? _renumberedAt;

    private OutboxStore(OutboxFile file, string node, OutboxConfig config, TimeProvider time, ILogger log)
    {
        (_file, _time, _log) = (file, time, log);
        Reader = OutboxReader.Open(Path.GetDirectoryName(file.Connection.DataSource)!);
        _loop = new CommitLoop(file, _queue, Reader, node, config, time, log);
        _loop.Committed += () => Appended?.Invoke();
        _loop.BegunAnew += () => Rewound?.Invoke();
    }

    /// <summary>Raised on the writer's thread after a commit with new events; handlers must not block.</summary>
    public event Action? Appended;

    /// <summary>Raised when events before those last read may be unsent again; handlers must not block.</summary>
    public event Action? Rewound;

    /// <summary>For the link, the status and the command line; lives as long as the store.</summary>
    public OutboxReader Reader { get; }

    /// <summary>Changes when the outbox is damaged and recreated while the node runs: numbering then restarts at 1.</summary>
    public Guid Epoch => _loop.Epoch;

    /// <summary>The clock of <see cref="EventEnvelope.Mono"/> and <see cref="OutboxRow.Decoded"/>.</summary>
    public EpochClock Clock => _loop.Clock;

    /// <summary>Where the last damaged outbox was moved to, or null; a gap event in the new one stands for its events.</summary>
    public string? SetAside => _file.SetAside;

    /// <summary>True while the disk is full or fails: events wait in memory.</summary>
    public bool IsDegraded => _loop.IsDegraded;

    /// <summary>How long that has been so in total since the start.</summary>
    public TimeSpan DegradedFor => _loop.DegradedFor;

    /// <summary>Opens the outbox of <paramref name="folder"/>, creating folder (mode 0700) and file (0600) if needed.</summary>
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
        store._loop.Start();
        return store;
    }

    public List<OutboxRow> ReadPending(OutboxPriority priority, long afterSeq, int limit, int maxBytes) =>
        Reader.ReadPending(priority, afterSeq, limit, maxBytes);

    public CropRow? ReadPendingCrop(long afterSeq) => Reader.ReadPendingCrop(afterSeq);

    public List<HeldRange> Held() => Reader.Held();

    /// <summary>Commits an event and completes with it, numbered; waits while the disk is full.</summary>
    /// <param name="cancel">Ends the wait; an event already in the queue is committed all the same.</param>
    /// <exception cref="ArgumentException">The event's or crop's id was used before, or the crop is empty or too
    /// large.</exception>
    /// <exception cref="PicketException">The outbox has failed for good or was closed.</exception>
    public async Task<EventEnvelope> AppendAsync(EventDraft draft, CancellationToken cancel)
    {
        var (command, done) = Appending(draft);
        await _queue.AddAsync(command, cancel);
        return await done.WaitAsync(cancel);
    }

    /// <summary>Like <see cref="AppendAsync"/> for several, which are committed together as far as they fit; each has its own
    /// task.</summary>
    public async Task<Task<EventEnvelope>[]> AppendEachAsync(IReadOnlyList<EventDraft> drafts, CancellationToken cancel)
    {
        (AppendCommand Command, Task<EventEnvelope> Done)[] appending = [.. drafts.Select(Appending)];
        await _queue.AddEachAsync([.. appending.Select(a => a.Command)], cancel);
        return [.. appending.Select(a => a.Done)];
    }

    /// <summary>Like <see cref="AppendAsync"/>, without waiting: the caller bounds how many events wait.</summary>
    /// <param name="ended">On the writer's thread, which it must not block: the event is committed, or why it never will be.</param>
    public void Append(EventDraft draft, Action<Exception?> ended) =>
        _queue.Add(new AppendCommand(draft, (_, failure) => ended(failure)));

    /// <summary>Marks events and crops as stored by the center; completes, after the commit, with how many were newly marked.</summary>
    /// <remarks>Unknown ids are no error: retention may have deleted the row since.</remarks>
    public Task<int> MarkAckedAsync(IReadOnlyList<Guid> ids, CancellationToken cancel) =>
        DoAsync(writer => writer.MarkAcked(ids), cancel);

    /// <summary>Keeps events that the center will never accept as dead letters: shown, not sent again, and their numbers declared lost.
    /// Completes, after the commit, with how many were new.</summary>
    public Task<int> BuryAsync(IReadOnlyList<(Guid Id, string Reason)> refused, CancellationToken cancel) =>
        DoAsync(writer => writer.Bury(refused), cancel);

    /// <summary>The gap event, without numbers, that declares what was left out before it reached the outbox.</summary>
    public EventDraft LeftOut(long crops, long events, string reason) => new()
    {
        At = _time.GetUtcNow(),
        Kind = EventKind.NodeGap,
        Body = new EventBody
        {
            Gap = new NodeGapBody(
                Epoch, 0, 0, 0, reason, Crops: crops > 0 ? crops : null, Unnumbered: events > 0 ? events : null),
        },
    };

    /// <summary>Marks the events of <paramref name="ranges"/> that are still here as unsent again, and declares the
    /// others lost; completes when that is committed. Repeating it changes nothing.</summary>
    public async Task ResendAsync(IReadOnlyList<EpochRange> ranges, CancellationToken cancel)
    {
        foreach (var range in ranges)
        {
            for (var from = range.From; from <= range.To && from > 0;)
            {
                var rest = range with { From = from };
                from = await DoAsync(writer => writer.Resend(rest), cancel);
            }
        }
        Rewound?.Invoke();
    }

    /// <summary>The center has events with numbers up to <paramref name="taken"/>'s end that did not come from this outbox: it was set back
    /// to an earlier state, or copied. Numbering continues above them, and a gap event says so. False when they are this outbox's own, or
    /// this was done a moment ago.</summary>
    public async Task<bool> RenumberAsync(EpochRange taken, CancellationToken cancel)
    {
        if (_renumberedAt is { } at && _time.GetElapsedTime(at) < RenumberInterval) return false;
        if (!await DoAsync(writer => writer.Renumber(taken), cancel)) return false;
        _renumberedAt = _time.GetTimestamp();
        return true;
    }

    /// <summary>The last event of each passage that the node's last run did not end; call before appending new events.</summary>
    /// <remarks>One that can't be read is logged and deleted: nobody can end it.</remarks>
    public IReadOnlyList<EventEnvelope> OpenPassages()
    {
        var (open, unreadable) = Reader.OpenPassages();
        if (unreadable.Count > 0)
        {
            LogUnreadablePassages(_log, unreadable.Count);
            // Without a place in the queue, the next start tries again.
            _queue.TryAdd(new SilentCommand(writer => writer.ForgetPassages(unreadable)));
        }
        return open;
    }

    /// <summary>Somebody could not read the outbox: if the file is damaged, it is set aside and a new one created.</summary>
    /// <remarks>With no place in the queue, there is enough work to run into the damage anyway.</remarks>
    public void CheckFile() => _queue.TryAdd(new SilentCommand(writer => writer.RequireSound()));

    /// <summary>From now on nothing waits for a full disk: what is waiting, and what comes while it is still full, fails with a
    /// <see cref="PicketException"/>. For a node that was told to stop; may be called repeatedly, also after the end.</summary>
    public void GiveUpWaiting() => _loop.GiveUpWaiting();

    /// <summary>Commits what is queued, then closes the file. What waits for a full disk fails.</summary>
    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync();
        Reader.Dispose();
        _file.Dispose();
    }

    private static (AppendCommand Command, Task<EventEnvelope> Done) Appending(EventDraft draft)
    {
        var done = new TaskCompletionSource<EventEnvelope>(TaskCreationOptions.RunContinuationsAsynchronously);
        var command = new AppendCommand(draft, (committed, failure) =>
        {
            if (failure is null) done.SetResult(committed!);
            else done.SetException(failure);
        });
        return (command, done.Task);
    }

    private async Task<T> DoAsync<T>(Func<OutboxWriter, T> work, CancellationToken cancel)
    {
        var command = new OutboxCommand<T>(work);
        await _queue.AddAsync(command, cancel);
        return await command.Done.WaitAsync(cancel);
    }

    [LoggerMessage(1206, LogLevel.Warning, "{Count} open passages in the outbox can't be read; they were deleted")]
    private static partial void LogUnreadablePassages(ILogger log, int count);
}
