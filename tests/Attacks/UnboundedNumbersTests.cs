using System.Text;
using System.Text.Json;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Attacks;

/// <summary>C1: one node's numbers end nobody's work but its own. Integers from outside are
/// bounded where they enter, and what goes wrong about a node stays with it.</summary>
public abstract class UnboundedNumbersTests(RefusalSite refusal)
{
    private const long Largest = long.MaxValue;

    [BrokerFact]
    public async Task Status_LargestNumbersInSeveralEpochs_CenterServesOn()
    {
        await using var node = await refusal.Site.JoinAsync("c1-status", refusal.Cancel);
        await node.SubscribeAsync(Topics.Ack("c1-status"), 1, refusal.Cancel);
        await refusal.AcknowledgedAsync(node, refusal.Face("c1-status"));
        foreach (var high in (long[])[Largest, WireBounds.MaxNumber])
        {
            var held = string.Join(',', Enumerable.Range(0, NodeStatus.MaxHeld).Select(
                _ => $$"""{"epoch":"{{Guid.CreateVersion7()}}","low":1,"high":{{high}}}"""));
            await refusal.PublishAsync(
                node, Topics.Status("c1-status"),
                Encoding.UTF8.GetBytes($$"""{"v":1,"online":true,"held":[{{held}}]}"""), retain: true);
            await refusal.AssertServedAsync();
        }
        // What may just be said is compared, and what it awaits is that node's trouble.
        while (await refusal.NodeAsync("c1-status") is not { } seen || !seen.GetProperty("trouble").GetBoolean())
        {
            await refusal.AssertServedAsync();
            await Task.Delay(50, refusal.Cancel);
        }
    }

    [BrokerFact]
    public async Task Event_LargestNumber_IsNotStored()
    {
        await using var node = await refusal.Site.JoinAsync("c1-event", refusal.Cancel);
        foreach (var seq in (long[])[Largest, WireBounds.MaxNumber + 1])
        {
            var face = refusal.Face("c1-event") with { Seq = seq, Epoch = Guid.CreateVersion7() };
            await refusal.PublishAsync(node, Topics.Event("c1-event"), WireJson.Write(face));
        }
        await refusal.AssertServedAsync();
        Assert.Equal(0, refusal.Stored("c1-event"));
    }

    // Left there by a build that did not look: restarts of broker and center did not help.
    [BrokerFact]
    public async Task Database_HoldsTheLargestNumbers_CenterServesOn()
    {
        await using var node = await refusal.Site.JoinAsync("c1-rows", refusal.Cancel);
        await node.SubscribeAsync(Topics.Ack("c1-rows"), 1, refusal.Cancel);
        var (one, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        foreach (var epoch in (Guid[])[one, other])
            await refusal.AcknowledgedAsync(node, refusal.Face("c1-rows") with { Epoch = epoch });
        refusal.Execute(
            "UPDATE message SET seq = @Largest WHERE node = 'c1-rows'; UPDATE node_state SET max_seq = @Largest WHERE node = 'c1-rows'",
            new { Largest });
        await refusal.PublishAsync(
            node, Topics.Status("c1-rows"),
            WireJson.Write(new NodeStatus(1, true, [new HeldRange(one, 1, 5), new HeldRange(other, 1, 5)])), retain: true);
        while (await refusal.NodeAsync("c1-rows") is not { } seen || seen.GetProperty("awaited").GetInt64() == 0)
        {
            await refusal.AssertServedAsync();
            await Task.Delay(50, refusal.Cancel);
        }
        await refusal.AssertServedAsync();
    }

    [BrokerFact]
    public async Task Status_OfANodeThatIsNotOnTheListAnyMore_IsForgotten()
    {
        await using (var node = await refusal.Site.JoinAsync("c1-gone", refusal.Cancel))
        {
            await refusal.PublishAsync(
                node, Topics.Status("c1-gone"),
                WireJson.Write(new NodeStatus(1, true, [new HeldRange(Guid.CreateVersion7(), 1, 9)])), retain: true);
            while (await refusal.NodeAsync("c1-gone") is not { } seen || seen.GetProperty("online").ValueKind != JsonValueKind.True)
                await Task.Delay(50, refusal.Cancel);
        }
        var list = await File.ReadAllTextAsync(refusal.Site.Folder.Nodes, refusal.Cancel);
        await File.WriteAllTextAsync(
            refusal.Site.Folder.Nodes, list.Replace("c1-gone", "c1-else", StringComparison.Ordinal), refusal.Cancel);
        while (await refusal.NodeAsync("c1-gone") is not null)
        {
            await refusal.AssertServedAsync();
            await Task.Delay(50, refusal.Cancel);
        }
    }
}

public sealed class UnboundedNumbersByMosquittoTests(MosquittoSite site) : UnboundedNumbersTests(site), IClassFixture<MosquittoSite>;

public sealed class UnboundedNumbersInOneProgramTests(OneProgramSite site) : UnboundedNumbersTests(site), IClassFixture<OneProgramSite>;
