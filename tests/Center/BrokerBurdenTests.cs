using Picket.Center;
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
        // Crops stand for the statuses, since one node may write any number of them.
        var kept = await Task.WhenAll(Enumerable.Range(0, 5000).Select(_ => node.PublishAsync(
            Topics.Crop("gate-1", Guid.CreateVersion7()), "online"u8.ToArray(), 1, retain: true, Cancel)));
        Assert.DoesNotContain(MqttReason.NotAuthorized, kept);
        await using var center = await MqttConnection.ConnectAsync(
            CenterRunner.Options(site.Folder, "localhost", site.Port), Cancel);

        await center.SubscribeAsync(Topics.AllCrops, 0, Cancel);
        // At QoS 0 the broker has them all written before it answers what comes next.
        await center.PublishAsync(Topics.Ack("gate-1"), "x"u8.ToArray(), 1, retain: false, Cancel);

        Assert.Equal((0, 5000), (center.DroppedMessages, center.Received.Count));
    }

    [BrokerFact]
    public async Task Publish_RetainedWithoutEnd_IsStoppedAtTheMemoryLimit()
    {
        await using var site = await TestSite.StartAsync(
            configuration => configuration.Replace("memory_limit 536870912", "memory_limit 33554432"));
        await using var node = await site.JoinAsync("gate-1", Cancel);
        var payload = new byte[60_000];
        // 60 MB, a limit of 32 MiB.
        await Assert.ThrowsAsync<MqttException>(async () =>
        {
            for (var i = 0; i < 1000; i++)
                await node.PublishAsync(
                    Topics.Crop("gate-1", Guid.CreateVersion7()), payload, 1, retain: true, Cancel);
        });
    }
}
