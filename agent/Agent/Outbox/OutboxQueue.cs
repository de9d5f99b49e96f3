namespace Picket.Agent.Outbox;

/// <summary>What waits for the writer's thread, in order. Any thread adds, one takes.</summary>
internal sealed class OutboxQueue
{
    /// <summary>Commands, each awaited by its caller, so that usually only a handful wait. While the disk takes nothing, one link session
    /// after another adds its own and stops waiting: 512 with 4,096 ids each are 33 MB, and a commit that waits for the disk holds as many
    /// again; then the next one waits for a place. Events take no place: <see cref="EventSink"/> bounds them.</summary>
    private const int MaxCommands = 512;

    private readonly SemaphoreSlim _places = new(MaxCommands);
    private readonly Queue<(OutboxCommand Command, bool HasPlace)> _waiting = new();
    private readonly object _gate = new();
    private PicketException? _over;

    /// <summary>Adds an event, however many wait; a closed queue ends it immediately.</summary>
    public void Add(AppendCommand append) => Add(append, hasPlace: false);

    /// <summary>Waits for a place, and adds the command; a closed queue ends it immediately.</summary>
    /// <param name="cancel">Ends the wait; a command that already has its place is executed all the same.</param>
    public async Task AddAsync(OutboxCommand command, CancellationToken cancel)
    {
        await _places.WaitAsync(cancel);
        Add(command, hasPlace: true);
    }

    /// <summary>Like <see cref="AddAsync"/> for several, which are taken together as far as there are places.</summary>
    public async Task AddEachAsync(IReadOnlyList<OutboxCommand> commands, CancellationToken cancel)
    {
        for (var next = 0; next < commands.Count;)
        {
            // Two callers that each waited for all places would deadlock.
            await _places.WaitAsync(cancel);
            var end = next + 1;
            while (end < commands.Count && _places.Wait(TimeSpan.Zero)) end++;
            lock (_gate)
            {
                while (next < end) Add(commands[next++], hasPlace: true);
            }
        }
    }

    /// <summary>Like <see cref="AddAsync"/>, without waiting: false when there is no place.</summary>
    public bool TryAdd(OutboxCommand command)
    {
        if (!_places.Wait(TimeSpan.Zero)) return false;
        Add(command, hasPlace: true);
        return true;
    }

    /// <summary>Takes up to <paramref name="most"/> of what waits into <paramref name="batch"/>; waits
    /// <paramref name="patience"/> for the first. False when nothing waits, and nothing can be added anymore.</summary>
    public bool Take(List<OutboxCommand> batch, int most, TimeSpan patience)
    {
        lock (_gate)
        {
            if (_waiting.Count == 0 && _over is null) Monitor.Wait(_gate, patience);
            if (_waiting.Count == 0) return _over is null;
            var places = 0;
            while (batch.Count < most && _waiting.TryDequeue(out var next))
            {
                batch.Add(next.Command);
                if (next.HasPlace) places++;
            }
            if (places > 0) _places.Release(places);
            return true;
        }
    }

    /// <summary>From now on, anything added ends with <paramref name="reason"/>; what already waits is still to be taken.</summary>
    public void Close(PicketException reason)
    {
        lock (_gate)
        {
            _over = reason;
            Monitor.Pulse(_gate);
        }
    }

    private void Add(OutboxCommand command, bool hasPlace)
    {
        PicketException? over;
        lock (_gate)
        {
            over = _over;
            if (over is null)
            {
                _waiting.Enqueue((command, hasPlace));
                Monitor.Pulse(_gate);
                return;
            }
        }
        // Callers waiting for a place must find the queue closed too.
        if (hasPlace) _places.Release();
        command.End(over);
    }
}
