using Picket.Center;
using Picket.Center.Broker;
using Picket.Center.Enroll;
using Picket.Mqtt;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center;

/// <summary>The real broker with the generated configuration, under more than a site's usual load.</summary>
public sealed class BrokerBurdenTests : IDisposable
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));

    private CancellationToken Cancel => _limit.Token;

    public void Dispose() => _limit.Dispose();

    // 5,000 nodes are what the broker's and the center's limits are counted for.
    [BrokerFact]
    public async Task Subscribe_StatusesOf5000Nodes_NoneIsDroppedBeforeTheReaderBegins()
    {
        await using var site = await TestSite.StartAsync();
        await using var node = await site.JoinAsync("gate-1", Cancel);
        // One node writes all statuses, which it may here alone.
        await File.AppendAllTextAsync(site.Folder.BrokerAcl, $"\nuser gate-1\ntopic write {Topics.AllStatus}\n", Cancel);
        Assert.True(BrokerReload.Signal(site.Folder));
        while (await StatusAsync(node, 0) == MqttReason.NotAuthorized) await Task.Delay(20, Cancel);
        var kept = await Task.WhenAll(Enumerable.Range(0, 5000).Select(i => StatusAsync(node, i)));
        Assert.DoesNotContain(MqttReason.NotAuthorized, kept);
        await using var center = await MqttConnection.ConnectAsync(
            CenterRunner.Options(site.Folder, new BrokerAddress("localhost", site.Port)), Cancel);

        await center.SubscribeAsync(Topics.AllStatus, 0, Cancel);
        while (center.DroppedMessages + center.Received.Count < 5000) await Task.Delay(5, Cancel);

        Assert.Equal((0, 5000), (center.DroppedMessages, center.Received.Count));
    }

    private Task<MqttReason> StatusAsync(MqttConnection node, int of) =>
        node.PublishAsync(Topics.Status($"gate-{of}"), "online"u8.ToArray(), 1, retain: true, Cancel);
}
