using Picket.Agent.Outbox;
using static Picket.Tests.Agent.Outbox.EventDrafts;

namespace Picket.Tests.Agent.Outbox;

/// <summary>The one queue before the disk: commands of the link have 512 places, events take none.</summary>
public sealed class OutboxQueueTests : IDisposable
{
    private const int Places = 512;

    private readonly OutboxQueue _queue = new();
    private readonly List<OutboxCommand> _batch = [];
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));

    private CancellationToken Cancel => _limit.Token;

    public void Dispose() => _limit.Dispose();

    [Fact]
    public async Task AddAsync_NoPlaceLeft_WaitsUntilOneIsTakenWhileEventsGoIn()
    {
        await FillAsync();
        var late = _queue.AddAsync(Command(), Cancel);

        Assert.False(late.IsCompleted);
        Assert.False(_queue.TryAdd(Command()));
        _queue.Add(new AppendCommand(Health(), (_, _) => { }));
        Assert.True(_queue.Take(_batch, 1, TimeSpan.Zero));
        await late.WaitAsync(Cancel);

        // In order: the event came before the command that had to wait.
        _batch.Clear();
        Assert.True(_queue.Take(_batch, int.MaxValue, TimeSpan.Zero));
        Assert.Equal(Places + 1, _batch.Count);
        Assert.IsType<AppendCommand>(_batch[^2]);
    }

    [Fact]
    public async Task Close_SomeWait_TheyAreStillTakenAndLaterOnesEndWithTheReason()
    {
        await FillAsync();
        var (command, reason) = (Command(), new PicketException("no more"));
        var late = _queue.AddAsync(command, Cancel);
        _queue.Close(reason);
        Exception? ended = null;
        _queue.Add(new AppendCommand(Health(), (_, failure) => ended = failure));

        Assert.Same(reason, ended);
        Assert.True(_queue.Take(_batch, int.MaxValue, TimeSpan.Zero));
        Assert.Equal(Places, _batch.Count);
        await late.WaitAsync(Cancel);
        Assert.Same(reason, await Assert.ThrowsAsync<PicketException>(() => command.Done));
        Assert.False(_queue.Take(_batch, int.MaxValue, TimeSpan.Zero));
    }

    private static OutboxCommand<int> Command() => new(_ => 0);

    private async Task FillAsync()
    {
        for (var i = 0; i < Places; i++) await _queue.AddAsync(Command(), Cancel);
    }
}
