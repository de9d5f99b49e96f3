using System.Text;
using Picket.Mqtt;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Attacks;

/// <summary>H4, M5, M6: what one node makes the others pay has an end.</summary>
public abstract class FloodTests(bool isOneProgram) : IAsyncLifetime
{
    private const long Budget = 1 << 20;

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(3));
    private TestSite _site = null!;
    private RunningCenter _center = null!;

    private CancellationToken Cancel => _limit.Token;

    public async Task InitializeAsync()
    {
        if (!File.Exists(MosquittoBroker.Program)) return;
        _site = await TestSite.StartAsync(isOneProgram);
        _center = new RunningCenter(_site.Folder, _site.Mosquitto, nodeBudget: Budget);
        await _center.LinkAsync(Cancel);
    }

    public async Task DisposeAsync()
    {
        if (_site is not null)
        {
            await _center.DisposeAsync();
            await _site.DisposeAsync();
        }
        _limit.Dispose();
    }

    // 60 kB a message and packed: 5 MiB from a few kilobytes on the line, where 2 MiB may come at once.
    [BrokerFact]
    public async Task Publish_MoreThanItsShare_IsNotStoredAndOthersAre()
    {
        await using var flood = await _site.JoinAsync("flood", Cancel);
        var epoch = Guid.CreateVersion7();
        for (long seq = 1; seq <= 80; seq += 4)
            await PublishAsync(flood, Topics.Event("flood"), PackedMessages.Write([.. Enumerable.Range(0, 4).Select(
                i => (ReadOnlyMemory<byte>)WireJson.Write(Large("flood", epoch, seq + i)))]));
        await using var honest = await _site.JoinAsync("honest", Cancel);
        await honest.SubscribeAsync(Topics.Ack("honest"), 1, Cancel);
        await PublishAsync(honest, Topics.Event("honest"), WireJson.Write(Large("honest", epoch, 1)));
        Assert.Single(WireJson.TryReadAck((await honest.Received.ReadAsync(Cancel)).Payload, out _)!.Ids);
        await _center.LoggedAsync("node flood: refused", Cancel);

        Assert.InRange(Stored("SELECT SUM(length(body)) FROM message WHERE node = 'flood'"), Budget, 2 * Budget);
        // Each is a word less than one in ten seconds, whatever came.
        Assert.InRange(_center.Log.Lines.Count(line => line.Contains("node flood")), 1, 20);
    }

    [BrokerFact]
    public async Task Publish_EachInAnEpochOfItsOwn_EpochsHaveAnEnd()
    {
        await using var flood = await _site.JoinAsync("epochs", Cancel);
        for (var part = 0; part < 5; part++)
            await PublishAsync(flood, Topics.Event("epochs"), PackedMessages.Write([.. Enumerable.Range(0, 100).Select(_ =>
                (ReadOnlyMemory<byte>)WireJson.Write(Events.Node(
                    "epochs", Guid.CreateVersion7(), 1, EventKind.CameraUp,
                    new EventBody { CameraState = new CameraStateBody("x") }, "door")))]));
        await _center.LoggedAsync("new epochs a day", Cancel);
        // The word about the limit comes when a message is taken, what was taken before it is stored with its batch.
        const string Epochs = "SELECT COUNT(*) FROM node_state WHERE node = 'epochs'";
        while (Stored(Epochs) < 256) await Task.Delay(20, Cancel);
        Assert.Equal(256, Stored(Epochs));
    }

    [BrokerFact]
    public async Task Publish_GapsAndConflictsByTheThousand_AreFewLines()
    {
        await using var flood = await _site.JoinAsync("lines", Cancel);
        var epoch = Guid.CreateVersion7();
        for (var part = 0; part < 10; part++)
            await PublishAsync(flood, Topics.Event("lines"), PackedMessages.Write([.. Enumerable.Range(1, 100).Select(i =>
                (ReadOnlyMemory<byte>)WireJson.Write(Events.Node(
                    "lines", epoch, i, EventKind.NodeGap, new EventBody { Gap = new NodeGapBody(epoch, 1, 9, 9, "x") })))]));
        while (Stored("SELECT COUNT(*) FROM conflict WHERE node = 'lines'") < 900) await Task.Delay(20, Cancel);
        Assert.InRange(_center.Log.Lines.Count(line => line.Contains("node lines")), 1, 20);
        Assert.InRange(_center.Alerts.Rest().Count(line => line.Contains("GAP")), 1, 20);
    }

    private static EventEnvelope Large(string node, Guid epoch, long seq) => Events.Node(
        node, epoch, seq, EventKind.CameraDown, new EventBody { CameraState = new CameraStateBody(new string('x', 60_000)) }, "door");

    private async Task PublishAsync(MqttConnection node, string topic, byte[] payload)
    {
        while (await node.PublishAsync(topic, payload, 1, false, Cancel) is MqttReason.NotAuthorized or MqttReason.NoMatchingSubscribers)
            await Task.Delay(20, Cancel);
    }

    private long Stored(string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_site.Folder.Database};Pooling=False");
        connection.Open();
        return Dapper.SqlMapper.ExecuteScalar<long>(connection, sql);
    }
}

public sealed class FloodByMosquittoTests() : FloodTests(isOneProgram: false);

public sealed class FloodInOneProgramTests() : FloodTests(isOneProgram: true);
