using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Picket.Agent.Config;
using Picket.Agent.Link;
using Picket.Agent.Outbox;
using Picket.Tests.Agent.Outbox;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Link;

/// <summary>Outbox and pump over links in memory, where a fault can be placed exactly.</summary>
public sealed class LinkFaultTests : IAsyncLifetime
{
    private static readonly LinkOptions Quick = new()
    {
        AckTimeout = TimeSpan.FromMilliseconds(5),
        BackoffMin = TimeSpan.FromMilliseconds(5),
        BackoffMax = TimeSpan.FromMilliseconds(20),
        PreferFirstAfter = TimeSpan.FromMilliseconds(5),
        RetryGivenUpAfter = TimeSpan.FromMilliseconds(50),
    };

    /// <summary>A node that works never sends twice here.</summary>
    private static readonly LinkOptions Patient = Quick with { AckTimeout = TimeSpan.FromHours(1) };

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private readonly CancellationTokenSource _nodeEnds = new();
    private readonly TempFolder _temp = new();
    private readonly ConcurrentQueue<MemoryLink> _links = new();
    private readonly OutboxStore _store;
    private Task _running = Task.CompletedTask;

    public LinkFaultTests() =>
        _store = OutboxStore.Open(
            _temp.File("state"), "node-1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);

    private CancellationToken Cancel => _limit.Token;

    /// <summary>After the first command the first sweep is over, which would miss the tables that tests take
    /// away.</summary>
    public Task InitializeAsync() => _store.MarkAckedAsync([], Cancel);

    public async Task DisposeAsync()
    {
        await _nodeEnds.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _store.DisposeAsync();
        _temp.Dispose();
        _limit.Dispose();
        _nodeEnds.Dispose();
    }

    [Fact]
    public async Task Run_OutboxUnreadable_DropsTheLinkAndSendsWhenItCanBeReadAgain()
    {
        await _store.AppendAsync(EventDrafts.Health(), Cancel);
        Sql("ALTER TABLE crop RENAME TO away");
        var pump = Start(Patient, (_, _) => Task.FromResult(Link((_, times) => times > 0)), endpoints: 1);
        await WaitUntilAsync(() => pump.Telemetry.Connects > 2);
        Assert.False(_running.IsCompleted);
        Assert.All(_links.SkipLast(1), link => Assert.True(link.Closed.IsCompleted));

        Sql("ALTER TABLE away RENAME TO crop");
        await WaitUntilAsync(() => !_store.Reader.HasPending());
    }

    [Fact]
    public async Task Run_OutboxUnreadableWhileTheFirstEndpointAnswers_DisposesBothLinks()
    {
        var dialed = new TaskCompletionSource();
        var firstAgain = false;
        MemoryLink? better = null;
        Start(
            Patient with { BackoffMin = TimeSpan.FromHours(1), BackoffMax = TimeSpan.FromHours(2) },
            async (endpoint, cancel) =>
            {
                if (endpoint.Port == 2) return Link((_, _) => false);
                if (!firstAgain)
                {
                    firstAgain = true;
                    throw new LinkException("not yet");
                }
                // Answers only when the session on the second endpoint has ended.
                dialed.SetResult();
                await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return better = Link((_, _) => false);
            },
            endpoints: 2);
        await dialed.Task.WaitAsync(Cancel);
        Sql("ALTER TABLE crop RENAME TO away");

        await _store.AppendAsync(EventDrafts.Health(), Cancel);
        await WaitUntilAsync(() => better is not null && _links.All(link => link.Closed.IsCompleted));

        Assert.Equal(2, _links.Count);
        Sql("ALTER TABLE away RENAME TO crop");
    }

    [Fact]
    public async Task Run_MissingPart_EndsWithIt()
    {
        Start(Patient, (_, _) => throw new PicketException("no library"), endpoints: 1);

        Assert.Equal("no library", (await Assert.ThrowsAsync<PicketException>(() => _running)).Message);
    }

    /// <summary>After five attempts the session has given up; the link stays, and takes the sixth.</summary>
    [Fact]
    public async Task Run_EventLeftUnacknowledged_IsTriedAgainOnTheSameLink()
    {
        var stubborn = EventDrafts.Health();
        var attempts = 0;
        Start(
            Quick,
            (_, _) => Task.FromResult(Link((id, times) =>
            {
                if (id != stubborn.Id) return true;
                // Acks of later events are what shows that this one is lost.
                _ = _store.AppendAsync(EventDrafts.Health(), CancellationToken.None);
                return (attempts = times) > 5;
            })),
            endpoints: 1);

        await _store.AppendAsync(stubborn, Cancel);
        await WaitUntilAsync(() => attempts > 5 && !_store.Reader.HasPending());

        Assert.Single(_links);
    }

    /// <summary>A center of a build that refuses nothing for good, and more of what it never takes than may be under way: a
    /// window begins with 4 kB.</summary>
    [Fact]
    public async Task Run_MoreLeftUnacknowledgedThanTheWindowHolds_WhatIsBehindItPasses()
    {
        const int Stubborn = 60;
        var stubborn = Enumerable.Range(0, Stubborn).Select(_ => EventDrafts.Alert()).ToArray();
        var ids = stubborn.Select(entry => entry.Id).ToHashSet();
        await Task.WhenAll(stubborn.Select(entry => _store.AppendAsync(entry, Cancel)));
        await _store.AppendAsync(EventDrafts.Alert(), Cancel);
        var pump = Start(
            Quick with { RetryGivenUpAfter = TimeSpan.FromHours(1) },
            (_, _) => Task.FromResult(Link((id, _) => !ids.Contains(id))),
            endpoints: 1);

        await WaitUntilAsync(() => _store.Reader.Status().Acked == 1);

        Assert.Equal(Stubborn, _store.Reader.Status().Pending);
        Assert.True(pump.Telemetry.SetAside > 0);
        Assert.Single(_links);
    }

    /// <summary>Neither a stalled center nor one that leaves a single event unacknowledged is known from the other: one event
    /// follows after three seconds, the next after six, and all that waits once something is acknowledged.</summary>
    [Fact]
    public async Task Run_CenterQuiet_SingleEventsFollowUntilItAcknowledges()
    {
        var time = new CountingTime();
        var sent = new ConcurrentQueue<Guid>();
        Start(
            new LinkOptions(),
            (_, _) => Task.FromResult(Link((id, _) =>
            {
                sent.Enqueue(id);
                return false;
            })),
            endpoints: 1, time);
        var first = await _store.AppendAsync(EventDrafts.Alert(), Cancel);
        await WaitUntilAsync(() => sent.Count == 1);
        time.Advance(TimeSpan.FromSeconds(2));
        await _store.AppendAsync(EventDrafts.Alert(), Cancel);
        await WaitUntilAsync(() => sent.Count == 2);

        time.Advance(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 4; i++) await _store.AppendAsync(EventDrafts.Alert(), Cancel);
        await TickAsync(time);
        await TickAsync(time);
        Assert.Equal(2, sent.Count);

        time.Advance(TimeSpan.FromSeconds(1));
        await WaitUntilAsync(() => sent.Count == 3);
        time.Advance(TimeSpan.FromSeconds(5));
        await TickAsync(time);
        await TickAsync(time);
        Assert.Equal(3, sent.Count);
        time.Advance(TimeSpan.FromSeconds(1));
        await WaitUntilAsync(() => sent.Count == 4);

        _links.First().Acknowledge(first.Id);
        await WaitUntilAsync(() => sent.Count >= 6);
    }

    [Fact]
    public async Task Run_OneEventLeftUnacknowledged_HoldsUpNoOther()
    {
        var time = new CountingTime();
        Guid? left = null;
        Start(new LinkOptions(), (_, _) => Task.FromResult(Link((id, _) => id != (left ??= id))), endpoints: 1, time);
        await _store.AppendAsync(EventDrafts.Alert(), Cancel);
        await WaitUntilAsync(() => left is not null);

        for (var i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromSeconds(4));
            await _store.AppendAsync(EventDrafts.Alert(), Cancel);
            await _store.AppendAsync(EventDrafts.Alert(), Cancel);
            await WaitUntilAsync(() => _store.Reader.Status().Pending == 1);
        }
    }

    /// <summary>What the center had taken went with it, and the picture found nobody: it is asked until it is back.</summary>
    [Fact]
    public async Task Run_CenterGoneAfterItTookAnEvent_IsAskedUntilItIsBack()
    {
        var time = new CountingTime();
        var isThere = false;
        var link = Link((_, _) => isThere);
        link.AnswerToCrops = () => isThere ? SendResult.Taken : SendResult.NobodyListens;
        var pump = Start(new LinkOptions(), (_, _) => Task.FromResult(link), endpoints: 1, time);
        await _store.AppendAsync(EventDrafts.Alert(crop: new byte[5000]), Cancel);
        await WaitUntilAsync(() => pump.Telemetry.IsCenterAbsent);
        for (var i = 0; i < 16; i++) await TickAsync(time);

        isThere = true;

        while (_store.Reader.HasPending()) await TickAsync(time);
        Assert.Single(_links);
    }

    /// <summary>The session's loop goes round, a quarter of a second later.</summary>
    private async Task TickAsync(CountingTime time)
    {
        const int AsksOfATurn = 2;
        var asked = time.Asked;
        time.Advance(TimeSpan.FromMilliseconds(250));
        await WaitUntilAsync(() => time.Asked >= asked + AsksOfATurn);
    }

    /// <summary>A crop is given up after its first attempt and five more.</summary>
    [Fact]
    public async Task Run_CropLeftUnacknowledged_IsTriedAgainOnTheSameLink()
    {
        var alert = EventDrafts.Alert(crop: new byte[5000]);
        Start(
            Quick, (_, _) => Task.FromResult(Link((id, times) => id != alert.Crop!.Id || times > 6)), endpoints: 1);

        await _store.AppendAsync(alert, Cancel);
        await WaitUntilAsync(() => !_store.Reader.HasPending());

        Assert.Single(_links);
    }

    private MemoryLink Link(Func<Guid, int, bool> isAcked)
    {
        var link = new MemoryLink(isAcked);
        _links.Enqueue(link);
        return link;
    }

    private LinkPump Start(
        LinkOptions options, Func<EndpointConfig, CancellationToken, Task<MemoryLink>> dial, int endpoints,
        TimeProvider? time = null)
    {
        var hosts = Enumerable.Range(1, endpoints).Select(port => new EndpointConfig("localhost", port)).ToArray();
        var pump = new LinkPump(
            _store, "node-1", hosts, async (endpoint, cancel) => await dial(endpoint, cancel), options,
            time ?? TimeProvider.System, NullLogger.Instance);
        _running = pump.RunAsync(_nodeEnds.Token);
        return pump;
    }

    /// <summary>Counts who asks: the session's loop does, each time it goes round.</summary>
    private sealed class CountingTime() : FakeTimeProvider(Clocks.Begin)
    {
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public override long GetTimestamp()
        {
            Interlocked.Increment(ref _asked);
            return base.GetTimestamp();
        }
    }

    private void Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_temp.File("state/outbox.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private async Task WaitUntilAsync(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition()) await timer.WaitForNextTickAsync(Cancel);
    }
}
