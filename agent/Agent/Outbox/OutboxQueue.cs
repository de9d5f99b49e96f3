namespace Picket.Agent.Outbox;

/// <summary>What waits for the writer's thread, in order. Any thread adds, one takes.</summary>
internal sealed class OutboxQueue
{
    /// <summary>Commands, each awaited by whoever gave it, so that usually a handful waits. While the disk takes nothing, one link
    /// session after the other gives its own and stops waiting: 512 with 4,096 ids each are 33 MB, and a commit that waits for the
    /// disk holds as many once more; then the next waits for a place. Events take none: <see cref="EventSink"/> bounds them.</summary>
    private const int MaxCommands = 512;

    private readonly SemaphoreSlim _places = new(MaxCommands);
    private readonly Queue<(OutboxCommand Command, bool HasPlace)> _waiting = new();
    private readonly object _gate = new();
    private PicketException? _over;

    /// <summary>Adds an event, whatever waits; a queue that is closed ends it at once.</summary>
    public void Add(AppendCommand append) => Add(append, hasPlace: false);

    /// <summary>Waits for a place, and adds the command; a queue that is closed ends it at once.</summary>
    /// <param name="cancel">Ends the wait; what has its place is done all the same.</param>
    public async Task AddAsync(OutboxCommand command, CancellationToken cancel)
    {
        await _places.WaitAsync(cancel);
        Add(command, hasPlace: true);
    }

    /// <summary>As <see cref="AddAsync"/> for several, which are taken together as far as there are places.</summary>
    public async Task AddEachAsync(IReadOnlyList<OutboxCommand> commands, CancellationToken cancel)
    {
        for (var next = 0; next < commands.Count;)
        {
            // Who waits for all places at once would wait for another who does.
            await _places.WaitAsync(cancel);
            var end = next + 1;
            while (end < commands.Count && _places.Wait(TimeSpan.Zero)) end++;
            lock (_gate)
            {
                while (next < end) Add(commands[next++], hasPlace: true);
            }
        }
    }

    /// <summary>As <see cref="AddAsync"/>, without waiting: false when there is no place.</summary>
    public bool TryAdd(OutboxCommand command)
    {
        if (!_places.Wait(TimeSpan.Zero)) return false;
        Add(command, hasPlace: true);
        return true;
    }

    /// <summary>Takes up to <paramref name="most"/> of what waits into <paramref name="batch"/>; waits
    /// <paramref name="patience"/> for the first. False when nothing waits, and nothing can be added any more.</summary>
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

    /// <summary>From now on what is added ends with <paramref name="reason"/>; what waits is still to be taken.</summary>
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
        // Those who wait for a place are to find the queue closed as well.
        if (hasPlace) _places.Release();
        command.End(over);
    }
}
