using Picket.Center;
using Picket.Center.Broker;
using Picket.Mqtt;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.EndToEnd.Attacks;

/// <summary>C3: one node has the broker retain what it can. It takes nobody's place, and goes with its revocation.</summary>
public sealed class RetainedMessagesTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(3));
    private TestSite _site = null!;

    private CancellationToken Cancel => _limit.Token;

    // 32 MiB: what the node would take below is more than twice that.
    public async Task InitializeAsync() => _site = await TestSite.StartAsync(
        configuration => configuration.Replace("memory_limit 536870912", "memory_limit 33554432"));

    public async Task DisposeAsync()
    {
        await _site.DisposeAsync();
        _limit.Dispose();
    }

    [BrokerFact]
    public async Task Publish_RetainedWithoutEnd_LeavesTheBrokerToOthers()
    {
        await using var hostile = await JoinAsync("gate-2");
        Assert.Equal(MqttReason.NotAuthorized, await RetainAsync(hostile, $"{Topics.Crop("gate-2")}/1", 100));
        string[] own = [Topics.Event("gate-2"), Topics.Crop("gate-2"), Topics.Status("gate-2")];
        for (var i = 0; i < 1200; i++)
            Assert.NotEqual(MqttReason.NotAuthorized, await RetainAsync(hostile, own[i % own.Length], 60_000));

        await using var good = await JoinAsync("gate-1");
        Assert.NotEqual(MqttReason.NotAuthorized, await good.PublishAsync(
            Topics.Event("gate-1"), new byte[2000], 1, retain: false, Cancel));
        Assert.Equal(3, (await RetainedAsync()).Count(topic => Topics.NodeOf(topic) == "gate-2"));

        var revoke = await CenterProgram.RunAsync(
            "node", "revoke", "gate-2", "--state", _site.Folder.Root, "--broker", $"localhost:{_site.Port}");

        Assert.Equal((0, ""), (revoke.ExitCode, revoke.Errors));
        await hostile.Closed.WaitAsync(Cancel);
        Assert.DoesNotContain(await RetainedAsync(), topic => Topics.NodeOf(topic) == "gate-2");
        Assert.Contains(Topics.Status("gate-1"), await RetainedAsync());
    }

    /// <summary>The topics of the messages that the broker retains.</summary>
    private async Task<List<string>> RetainedAsync()
    {
        await using var center = await MqttConnection.ConnectAsync(
            CenterRunner.Options(_site.Folder, new BrokerAddress("localhost", _site.Port)), Cancel);
        foreach (var filter in (string[])[Topics.AllEvents, Topics.AllCrops, Topics.AllStatus])
            await center.SubscribeAsync(filter, 0, Cancel);
        // Asked for twice, so that it comes again behind all others.
        await center.SubscribeAsync(Topics.Status("gate-1"), 0, Cancel);
        var topics = new List<string>();
        while (topics.Count(topic => topic == Topics.Status("gate-1")) < 2)
            topics.Add((await center.Received.ReadAsync(Cancel)).Topic);
        return topics;
    }

    private Task<MqttReason> RetainAsync(MqttConnection node, string topic, int bytes) =>
        node.PublishAsync(topic, new byte[bytes], 1, retain: true, Cancel);

    private async Task<MqttConnection> JoinAsync(string name)
    {
        var node = await _site.JoinAsync(name, Cancel);
        while (await RetainAsync(node, Topics.Status(name), 100) == MqttReason.NotAuthorized) await Task.Delay(20, Cancel);
        return node;
    }
}
