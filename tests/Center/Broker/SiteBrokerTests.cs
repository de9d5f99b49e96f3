using Microsoft.Data.Sqlite;
using Picket.Center.Enroll;
using Picket.Mqtt;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center.Broker;

/// <summary>What the center's own broker does for nodes that keep to the rules.</summary>
public sealed class SiteBrokerTests(OneProgramSite site) : IClassFixture<OneProgramSite>
{
    private CancellationToken Cancel => site.Cancel;

    // The answer to a ping that was sent behind the message: by then the message has been read. With the database held by
    // another there is no commit, and so no PUBACK (0x40) in front of it.
    [Fact]
    public async Task Publish_DatabaseHeldByAnother_IsAcknowledgedAfterTheCommitAndPingsMeanwhile()
    {
        await using var node = await ConnectAsync("waits");
        var face = site.Face("waits");
        using (var other = new SqliteConnection($"Data Source={site.Site.Folder.Database};Pooling=False"))
        {
            other.Open();
            using var held = other.BeginTransaction(deferred: false);
            await node.SendAsync(MqttBytes.Publish(Topics.Event("waits"), WireJson.Write(face), id: 7), Cancel);
            for (var i = 0; i < 3; i++)
            {
                await node.SendAsync(MqttBytes.Ping, Cancel);
                Assert.Equal(MqttBytes.PingAnswer, await node.ReadPacketAsync(Cancel));
            }
            Assert.Equal(0, site.Stored("waits"));
        }
        Assert.Equal([0x40, 2, 0, 7], await node.ReadPacketAsync(Cancel));
        Assert.Equal(1, site.Stored("waits"));
    }

    // Receive Maximum 200, Maximum QoS 1, Maximum Packet Size 66,560, Server Keep Alive (MQTT 5.0, section 3.2.2.3).
    [Fact]
    public async Task Connect_Welcome_TellsWhatTheNodeHasToKeepTo()
    {
        await using var node = await site.OpenAsync("told");
        await node.SendAsync(MqttBytes.Connect("told", keepAlive: 600), Cancel);
        var welcome = await node.ReadPacketAsync(Cancel);
        Assert.Equal([0x20, 0, 0], [welcome[0], welcome[2], welcome[3]]);
        AssertHas(welcome, [0x21, 0, 200]);
        AssertHas(welcome, [0x24, 1]);
        AssertHas(welcome, [0x27, 0, 1, 4, 0]);
        AssertHas(welcome, [0x13, 0, 60]);
    }

    [Fact]
    public async Task Connect_AgainWhileTheOldLineIsThere_TakesItsPlaceAndTellsIt()
    {
        await using var before = await ConnectAsync("moves");
        await using var after = await site.Site.ConnectAsync("moves", Cancel);
        // DISCONNECT with reason 0x8E, session taken over.
        Assert.Equal([0xE0, 2, 0x8E], (await before.ReadToEndAsync(Cancel))[..3]);
        await after.SubscribeAsync(Topics.Ack("moves"), 1, Cancel);
        await site.AcknowledgedAsync(after, site.Face("moves"));
        // The old one's last will does not follow: the node is here.
        Assert.False(after.Closed.IsCompleted);
    }

    [Fact]
    public async Task Connect_LineThatBreaks_PublishesTheLastWill()
    {
        await using (var node = await site.OpenAsync("breaks"))
        {
            await node.SendAsync(MqttBytes.Connect("breaks", will: (Topics.Status("breaks"), "offline"u8.ToArray())), Cancel);
            await node.ReadPacketAsync(Cancel);
            await node.SendAsync(MqttBytes.Publish(Topics.Status("breaks"), "online"u8.ToArray(), retain: true), Cancel);
            await node.ReadPacketAsync(Cancel);
            Assert.True((await site.NodeAsync("breaks"))!.Value.GetProperty("online").GetBoolean());
        }
        while ((await site.NodeAsync("breaks"))!.Value.GetProperty("online").GetBoolean()) await Task.Delay(20, Cancel);
    }

    [Fact]
    public async Task Subscribe_MixedLevels_AreAnsweredInTheOrderAsked()
    {
        await using var node = await ConnectAsync("mixed");
        await node.SendAsync(
            MqttBytes.Subscribe(
                (Topics.Ack("mixed"), 0), (Topics.Ack("honest"), 1), (Topics.Command("mixed"), 2), ("#", 0), (NodeLists, 1)),
            Cancel);
        Assert.Equal([0x90, 8, 0, 1, 0, 0, 0x87, 0, 0x87, 0], await node.ReadPacketAsync(Cancel));
    }

    [Fact]
    public async Task Send_NodeThatHasNotSubscribed_GetsNothingButItsAnswers()
    {
        await using var node = await ConnectAsync("deaf");
        await node.SendAsync(MqttBytes.Publish(Topics.Event("deaf"), WireJson.Write(site.Face("deaf")), id: 3), Cancel);
        Assert.Equal([0x40, 2, 0, 3], await node.ReadPacketAsync(Cancel));
        await site.AssertServedAsync(); // its own ack was sent before this one's, or not at all
        await node.SendAsync(MqttBytes.Ping, Cancel);
        Assert.Equal(MqttBytes.PingAnswer, await node.ReadPacketAsync(Cancel));
    }

    [Fact]
    public async Task Run_PortTaken_SaysWhereAndWhatToDo()
    {
        using var temp = new TempFolder();
        var folder = new StateFolder(temp.File("second"));
        Enrollment.CreateSite(folder, [], "127.0.0.1", site.Site.Port, TimeProvider.System);
        var second = new RunningCenter(folder, mosquitto: null);
        var fault = await Assert.ThrowsAsync<PicketException>(() => second.Ended.WaitAsync(Cancel));
        Assert.Contains($"127.0.0.1:{site.Site.Port}", fault.Message);
    }

    private const string NodeLists = "picket/v1/list/+";

    private static void AssertHas(byte[] packet, byte[] property) =>
        Assert.True(packet.AsSpan().IndexOf(property) >= 0, $"{Convert.ToHexString(property)} in {Convert.ToHexString(packet)}");

    private async Task<RawMqtt> ConnectAsync(string name)
    {
        var node = await site.OpenAsync(name);
        await node.ConnectAsync(name, Cancel);
        Assert.Equal(0x20, (await node.ReadPacketAsync(Cancel))[0]);
        return node;
    }
}
