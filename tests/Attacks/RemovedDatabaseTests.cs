using Picket.Mqtt;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Attacks;

/// <summary>M4: into a file that has no name any more nothing is acknowledged.</summary>
public abstract class RemovedDatabaseTests(bool isOneProgram) : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2));
    private TestSite _site = null!;

    private CancellationToken Cancel => _limit.Token;

    public async Task InitializeAsync()
    {
        if (!File.Exists(MosquittoBroker.Program)) return;
        _site = await TestSite.StartAsync(isOneProgram);
    }

    public async Task DisposeAsync()
    {
        if (_site is not null) await _site.DisposeAsync();
        _limit.Dispose();
    }

    [BrokerTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_DatabaseFileGone_AcknowledgesNothingAndSaysSo(bool isReplaced)
    {
        var center = new RunningCenter(_site.Folder, _site.Mosquitto);
        await center.LinkAsync(Cancel);
        await using var node = await _site.JoinAsync("gate-1", Cancel);
        await node.SubscribeAsync(Topics.Ack("gate-1"), 1, Cancel);
        var epoch = Guid.CreateVersion7();
        await PublishAsync(node, Events.Face("gate-1", epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0));
        Assert.Single(WireJson.TryReadAck((await node.Received.ReadAsync(Cancel)).Payload, out _)!.Ids);

        File.Delete(_site.Folder.Database);
        if (isReplaced) await File.WriteAllTextAsync(_site.Folder.Database, "", Cancel);
        try
        {
            await PublishAsync(node, Events.Face("gate-1", epoch, 2, Guid.CreateVersion7(), PassagePhase.New, 0));
        }
        catch (MqttException) when (isOneProgram)
        {
            // The broker has ended with its center, and has acknowledged as little as that.
        }

        var end = await Assert.ThrowsAsync<PicketException>(() => center.Ended.WaitAsync(Cancel));
        Assert.Contains("removed or replaced", end.Message);
        Assert.False(node.Received.TryRead(out _));
    }

    private async Task PublishAsync(MqttConnection node, EventEnvelope envelope)
    {
        while (await node.PublishAsync(Topics.Event("gate-1"), WireJson.Write(envelope), 1, false, Cancel)
            is MqttReason.NotAuthorized or MqttReason.NoMatchingSubscribers)
            await Task.Delay(20, Cancel);
    }
}

public sealed class RemovedDatabaseByMosquittoTests() : RemovedDatabaseTests(isOneProgram: false);

public sealed class RemovedDatabaseInOneProgramTests() : RemovedDatabaseTests(isOneProgram: true);
