using System.Collections.Concurrent;

namespace Picket.Agent.Outbox;

/// <summary>What waits for the writer's thread, in order and with a limit: who finds no place waits for one. Any thread adds,
/// one takes.</summary>
internal sealed class CommandQueue : IDisposable
{
    /// <summary>Events and acks that wait for the disk, each at most 64 kB plus a crop of 192 kB, usually 25 kB: 13 MB,
    /// at worst 131 MB. A busy node makes 5 events a second, so that a full disk is bridged for 100 s; then appending
    /// waits.</summary>
    private const int MaxWaiting = 512;

    private readonly SemaphoreSlim _places = new(MaxWaiting);
    private readonly BlockingCollection<OutboxCommand[]> _commands = [];
    private readonly Queue<OutboxCommand> _taken = new();
    private volatile PicketException? _failure;

    /// <summary>Nothing waits, and nothing can be added any more.</summary>
    public bool IsOver => _taken.Count == 0 && _commands.IsCompleted;

    /// <summary>To be done before all else; takes no place.</summary>
    public void AddFirst(OutboxCommand command) => _commands.Add([command]);

    /// <summary>Waits for a place in the queue, and takes it.</summary>
    /// <param name="cancel">Ends the wait; what has its place is done all the same.</param>
    /// <exception cref="PicketException">The outbox has failed for good or was closed.</exception>
    public async Task EnqueueAsync(OutboxCommand command, CancellationToken cancel)
    {
        await _places.WaitAsync(cancel);
        Add(command);
    }

    /// <summary>As <see cref="EnqueueAsync"/> for several, which are committed together as far as there are places.</summary>
    /// <exception cref="PicketException">As there.</exception>
    public async Task EnqueueEachAsync(OutboxCommand[] commands, CancellationToken cancel)
    {
        for (var done = 0; done < commands.Length;)
        {
            // Who waits for all places at once would wait for another who does.
            await _places.WaitAsync(cancel);
            var places = 1;
            while (done + places < commands.Length && _places.Wait(TimeSpan.Zero)) places++;
            Add(commands[done..(done + places)]);
            done += places;
        }
    }

    /// <summary>As <see cref="EnqueueAsync"/>, blocking.</summary>
    /// <exception cref="PicketException">As there.</exception>
    public void Enqueue(OutboxCommand command)
    {
        _places.Wait();
        Add(command);
    }

    /// <summary>Without waiting: false when there is no place.</summary>
    /// <exception cref="PicketException">As <see cref="EnqueueAsync"/>.</exception>
    public bool TryEnqueue(OutboxCommand command)
    {
        if (!_places.Wait(TimeSpan.Zero)) return false;
        Add(command);
        return true;
    }

    /// <summary>Takes up to <paramref name="most"/> of what waits into <paramref name="batch"/>; waits
    /// <paramref name="patience"/> for the first.</summary>
    public void Take(List<OutboxCommand> batch, int most, TimeSpan patience)
    {
        OutboxCommand[]? some = null;
        while (_taken.Count < most && _commands.TryTake(out some, _taken.Count == 0 ? patience : TimeSpan.Zero))
        {
            foreach (var command in some) _taken.Enqueue(command);
        }
        while (batch.Count < most && _taken.TryDequeue(out var next)) batch.Add(next);
    }

    /// <summary>Gives back the places of what is done.</summary>
    /// <param name="commands">As they were taken: one that was put before all else has no place.</param>
    public void Release(IReadOnlyList<OutboxCommand> commands)
    {
        var places = commands.Count - (commands.Count > 0 && commands[0] is RecoverCommand ? 1 : 0);
        if (places > 0) _places.Release(places);
    }

    /// <summary>From now on adding fails; what waits is still to be taken.</summary>
    public void Close() => _commands.CompleteAdding();

    /// <summary>From now on adding fails with <paramref name="failure"/>, as does all that waits and what is in
    /// <paramref name="batch"/>.</summary>
    public void Fail(IReadOnlyList<OutboxCommand> batch, PicketException failure)
    {
        _failure = failure;
        _commands.CompleteAdding();
        FailAll([.. batch, .. _taken], failure);
        _taken.Clear();
        foreach (var some in _commands.GetConsumingEnumerable()) FailAll(some, failure);
    }

    public void Dispose() => _commands.Dispose();

    private void FailAll(IReadOnlyList<OutboxCommand> commands, PicketException failure)
    {
        foreach (var command in commands) command.Fail(failure);
        Release(commands);
    }

    private void Add(params OutboxCommand[] commands)
    {
        try
        {
            _commands.Add(commands, CancellationToken.None);
        }
        catch (InvalidOperationException e)
        {
            // Those who wait for a place are to find the outbox closed as well.
            _places.Release(commands.Length);
            throw _failure ?? new PicketException("the outbox is closed", inner: e);
        }
    }
}
