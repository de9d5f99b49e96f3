using Picket.Center;
using Picket.Center.Broker;
using Picket.Mqtt;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Attacks;

/// <summary>C4, and the poison of a renamed node: what no center takes is kept as dead letters and shown; it is not sent for ever,
/// and nothing behind it waits.</summary>
public abstract class DeadLettersTests(RefusalSite refusal)
{
    /// <summary>More than a node has under way at a time (512).</summary>
    private const int Poisoned = 600;

    [BrokerFact]
    public async Task Run_EventsUnderAnotherNodesName_AreDeadLettersAndNothingWaits()
    {
        using var temp = new TempFolder();
        var state = temp.File("state");
        await using (var before = NodeOnSite.OpenOutbox(state, "before"))
        {
            foreach (var part in Enumerable.Range(0, Poisoned).Chunk(100))
                await Task.WhenAll(part.Select(_ => before.AppendAsync(NodeOnSite.Alert(), refusal.Cancel)));
        }
        await using var node = NodeOnSite.Start(refusal.Site, "renamed", state);
        await node.Outbox.AppendAsync(NodeOnSite.Alert("After"), refusal.Cancel);

        await node.DrainedAsync(refusal.Cancel);

        Assert.Equal(Poisoned, node.Outbox.Reader.Status().DeadLetters);
        Assert.Equal(0, refusal.Stored("before"));
        Assert.Contains(await refusal.AlertsAsync(), alert => alert.GetRawText().Contains("After"));
        Assert.Equal(Poisoned, (await refusal.NodeAsync("renamed"))!.Value.GetProperty("lost").GetInt64());
        var told = node.Outbox.Reader.ReadNewest(2000, pendingOnly: false);
        Assert.Equal(Poisoned, told.Count(e => e.Refused == AckRefusal.Identity));
    }

    [BrokerFact]
    public async Task Publish_WhatCanNeverBeStored_IsRefusedByItsBytes()
    {
        await using var node = await refusal.Site.JoinAsync("poison", refusal.Cancel);
        await node.SubscribeAsync(Topics.Ack("poison"), 1, refusal.Cancel);
        var sound = WireJson.Write(refusal.Face("poison"));
        var gap = Events.Node("poison", Guid.CreateVersion7(), 1, EventKind.NodeGap, new EventBody
        {
            Gap = new NodeGapBody(Guid.CreateVersion7(), 1, long.MaxValue, long.MaxValue, "x"),
        });
        (byte[] Message, string Reason)[] poison =
        [
            (WireJson.Write(refusal.Face("honest")), AckRefusal.Identity), (sound[..^1], AckRefusal.Unreadable),
            ([0], AckRefusal.Unreadable), (WireJson.Write(gap), AckRefusal.Bounds),
        ];
        foreach (var (message, reason) in poison)
        {
            await refusal.PublishAsync(node, Topics.Event("poison"), message);
            var refused = await NextRefusalAsync(node);
            Assert.True(refused.Names(AckRefusal.DigestOf(message)));
            Assert.Equal(reason, refused.Reason);
        }
        // Packed ones as well, each by its own.
        await refusal.PublishAsync(node, Topics.Event("poison"), PackedMessages.Write(poison[0].Message, sound));
        Assert.True((await NextRefusalAsync(node)).Names(AckRefusal.DigestOf(poison[0].Message)));
        Assert.Equal(1, refusal.Stored("poison"));
    }

    // What a later build may read is not refused for good.
    [BrokerFact]
    public async Task Publish_OfALaterSchema_IsNotRefusedForGood()
    {
        await using var node = await refusal.Site.JoinAsync("later", refusal.Cancel);
        await node.SubscribeAsync(Topics.Ack("later"), 1, refusal.Cancel);
        await refusal.PublishAsync(node, Topics.Event("later"), WireJson.Write(refusal.Face("later") with { V = 2 }));
        await refusal.PublishAsync(node, Topics.Event("later"), [1, 2, 3]);
        Assert.True((await NextRefusalAsync(node)).Names(AckRefusal.DigestOf([1, 2, 3])));
    }

    private async Task<AckRefusal> NextRefusalAsync(MqttConnection node)
    {
        while (true)
        {
            var message = await node.Received.ReadAsync(refusal.Cancel);
            if (WireJson.TryReadAck(message.Payload, out _)?.Refused is [var one]) return one;
        }
    }
}

public sealed class DeadLettersByMosquittoTests(MosquittoSite refusal) : DeadLettersTests(refusal), IClassFixture<MosquittoSite>
{
    [BrokerFact]
    public async Task Command_ResendOfUnknownEpochs_LeavesTheNodeSpeaking()
    {
        using var temp = new TempFolder();
        await using var node = NodeOnSite.Start(refusal.Site, "commanded", temp.File("state"));
        await node.Outbox.AppendAsync(NodeOnSite.Alert(), refusal.Cancel);
        await node.DrainedAsync(refusal.Cancel);
        // A broker that was taken over speaks in the center's name.
        await using (var taken = await MqttConnection.ConnectAsync(
            CenterRunner.Options(refusal.Site.Folder, new BrokerAddress("localhost", refusal.Site.Port)), refusal.Cancel))
        {
            for (var i = 0; i < 20; i++)
            {
                var ranges = Enumerable.Range(0, 36).Select(_ => new EpochRange(Guid.CreateVersion7(), 1, WireBounds.MaxNumber));
                await taken.PublishAsync(
                    Topics.Command("commanded"),
                    WireJson.Write(new NodeCommand(
                        1, Guid.CreateVersion7(), "commanded", DateTimeOffset.UtcNow, NodeCommand.Resend, [.. ranges])),
                    1, false, refusal.Cancel);
            }
        }
        await node.Outbox.AppendAsync(NodeOnSite.Alert("Still Speaking"), refusal.Cancel);
        await node.DrainedAsync(refusal.Cancel);

        Assert.Equal(2, node.Outbox.Reader.Status().LastSeq);
        Assert.Contains(await refusal.AlertsAsync(), alert => alert.GetRawText().Contains("Still Speaking"));
    }
}

public sealed class DeadLettersInOneProgramTests(OneProgramSite site) : DeadLettersTests(site), IClassFixture<OneProgramSite>;
