using Dapper;
using Microsoft.Data.Sqlite;
using Picket.Mqtt;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.EndToEnd;

/// <summary>Request, signature, real broker with the generated files, publish, store, ack.</summary>
public sealed class CenterChainTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private readonly Guid _epoch = Guid.CreateVersion7();
    private TestSite _site = null!;

    private CancellationToken Cancel => _limit.Token;

    public async Task InitializeAsync() => _site = await TestSite.StartAsync();

    public async Task DisposeAsync()
    {
        await _site.DisposeAsync();
        _limit.Dispose();
    }

    [BrokerFact]
    public async Task Event_OfASignedNode_IsStoredAndAcknowledged()
    {
        await using var center = new RunningCenter(_site.Folder, _site.Mosquitto);
        await using var node = await JoinAsync("gate-1");
        var face = Face("gate-1", 1);
        Assert.Equal([face.Id], (await PublishUntilAcknowledged(node, face)).Ids);
        Assert.Contains("ALERT  Ann Example", await center.Alerts.NextAsync(Cancel));
        Assert.Equal(1, Count());
    }

    [BrokerFact]
    public async Task Event_SentAgainAfterTheCenterRestarted_IsAcknowledgedAndStoredOnce()
    {
        await using var node = await JoinAsync("gate-1");
        var face = Face("gate-1", 1);
        for (var start = 0; start < 2; start++)
        {
            await using var center = new RunningCenter(_site.Folder, _site.Mosquitto);
            await PublishUntilAcknowledged(node, face);
        }
        Assert.Equal(1, Count());
    }

    [BrokerFact]
    public async Task Center_BrokerKilledAndBack_ReceivesAgain()
    {
        await using var center = new RunningCenter(_site.Folder, _site.Mosquitto);
        await using (var node = await JoinAsync("gate-1")) await PublishUntilAcknowledged(node, Face("gate-1", 1));
        await _site.Broker.KillAsync();
        await _site.Broker.StartAsync();
        await using (var node = await JoinAsync("gate-2")) await PublishUntilAcknowledged(node, Face("gate-2", 1));
        Assert.Equal(2, Count());
    }

    [BrokerFact]
    public async Task Event_InTheNameOfAnotherNode_IsNotStored()
    {
        await using var center = new RunningCenter(_site.Folder, _site.Mosquitto);
        await using var node = await JoinAsync("gate-1");
        await PublishUntilAcknowledged(node, Face("gate-1", 1));
        await node.PublishAsync(Topics.Event("gate-1"), WireJson.Write(Face("gate-2", 1)), 1, false, Cancel);
        await PublishUntilAcknowledged(node, Face("gate-1", 2));
        Assert.Equal(2, Count());
    }

    [BrokerFact]
    public async Task Acl_NodeOnTopicsOfOthers_IsNotAuthorized()
    {
        await using var other = await JoinAsync("gate-2");
        await using var node = await JoinAsync("gate-1");
        string[] others =
        [
            Topics.Ack("gate-1"),
            Topics.Command("gate-1"),
            Topics.Event("gate-2"),
            Topics.Status("gate-2"),
            "picket/v1/list/staff",
        ];
        foreach (var topic in others)
            Assert.Equal(MqttReason.NotAuthorized, await node.PublishAsync(topic, "x"u8.ToArray(), 1, false, Cancel));
    }

    private static EventEnvelope Face(string node, Guid epoch, long seq) =>
        Events.Face(node, epoch, seq, Guid.CreateVersion7(), PassagePhase.New, 0);

    private EventEnvelope Face(string node, long seq) => Face(node, _epoch, seq);

    private async Task<MqttConnection> JoinAsync(string name)
    {
        var node = await _site.JoinAsync(name, Cancel);
        await node.SubscribeAsync(Topics.Ack(name), 1, Cancel);
        return node;
    }

    /// <summary>As an outbox does: sent until somebody takes it, then the ack is waited for.</summary>
    private async Task<Ack> PublishUntilAcknowledged(MqttConnection node, EventEnvelope envelope)
    {
        while (true)
        {
            var reason = await node.PublishAsync(
                Topics.Event(envelope.Node), WireJson.Write(envelope), 1, false, Cancel);
            if (reason == MqttReason.Success) break;
            // Meanwhile the center connects and the broker reads its access list.
            Assert.True(reason is MqttReason.NoMatchingSubscribers or MqttReason.NotAuthorized, $"{reason}");
            await Task.Delay(50, Cancel);
        }
        while (true)
        {
            var message = await node.Received.ReadAsync(Cancel);
            var ack = WireJson.TryReadAck(message.Payload, out var error);
            Assert.Equal("", error);
            if (ack!.Ids.Contains(envelope.Id)) return ack;
        }
    }

    private long Count()
    {
        using var connection = new SqliteConnection($"Data Source={_site.Folder.Database};Pooling=False");
        connection.Open();
        return connection.ExecuteScalar<long>("SELECT COUNT(*) FROM message");
    }
}
