using Picket.Agent.Outbox;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Attacks;

/// <summary>H1: a node that was set back to a snapshot, or copied, is noticed at its next word, and its alerts are shown.</summary>
public abstract class SetBackTests(RefusalSite refusal)
{
    [BrokerFact]
    public async Task Run_NodeSetBackToASnapshot_ItsAlertsAreShownAndItGoesOnAbove()
    {
        using var temp = new TempFolder();
        var (state, snapshot) = (temp.File("state"), temp.File("snapshot"));
        await RunAsync(state, "before", 3);
        Copy(state, snapshot);
        await RunAsync(state, "lost", 3);
        Directory.Delete(state, recursive: true);
        Copy(snapshot, state);
        await using (var outbox = NodeOnSite.OpenOutbox(state, "set-back"))
            await outbox.AppendAsync(NodeOnSite.Alert("Taken Number"), refusal.Cancel);

        await using var node = NodeOnSite.Start(refusal.Site, "set-back", state);
        await node.DrainedAsync(refusal.Cancel);
        // It is told at its first word; the gap that says so is above what the center has.
        while (node.Outbox.Reader.Status().LastSeq < 7) await Task.Delay(20, refusal.Cancel);
        await node.Outbox.AppendAsync(NodeOnSite.Alert("Number Of Its Own"), refusal.Cancel);
        await node.DrainedAsync(refusal.Cancel);

        var shown = (await refusal.AlertsAsync()).Where(alert => alert.GetProperty("node").GetString() == "set-back").ToArray();
        Assert.True(Assert.Single(shown, alert => alert.GetRawText().Contains("Taken Number")).GetProperty("conflict").GetBoolean());
        Assert.False(Assert.Single(shown, alert => alert.GetRawText().Contains("Number Of Its Own")).GetProperty("conflict").GetBoolean());
        var seen = (await refusal.NodeAsync("set-back"))!.Value;
        Assert.Equal(
            (1, 1, true),
            (
                seen.GetProperty("conflicts").GetInt64(), seen.GetProperty("unknownGaps").GetInt64(),
                seen.GetProperty("trouble").GetBoolean()));
        while (!(await refusal.Center.Alerts.NextAsync(refusal.Cancel)).Contains("Taken Number"))
        {
        }
    }

    [BrokerFact]
    public async Task Connect_TwoMachinesWithOneName_IsToldWithTheName()
    {
        var runs = new[] { Guid.NewGuid(), Guid.NewGuid() };
        await using var node = await refusal.Site.JoinAsync("twice", refusal.Cancel);
        for (var turn = 0; turn < 4; turn++)
        {
            await refusal.PublishAsync(
                node, Topics.Status("twice"),
                WireJson.Write(new NodeStatus(1, true, [], runs[turn % 2], DateTimeOffset.UtcNow)), retain: true);
            // Of two statuses that wait at the center the newer one counts: each has been read before the next.
            await refusal.AssertServedAsync();
            await refusal.AssertServedAsync();
        }
        await refusal.Center.LoggedAsync("node twice: two machines", refusal.Cancel);
        var seen = (await refusal.NodeAsync("twice"))!.Value;
        Assert.True(seen.GetProperty("twice").GetBoolean() && seen.GetProperty("trouble").GetBoolean());
    }

    private async Task RunAsync(string state, string person, int alerts)
    {
        await using var node = NodeOnSite.Start(refusal.Site, "set-back", state);
        for (var i = 0; i < alerts; i++) await node.Outbox.AppendAsync(NodeOnSite.Alert(person), refusal.Cancel);
        await node.DrainedAsync(refusal.Cancel);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}

public sealed class SetBackByMosquittoTests(MosquittoSite site) : SetBackTests(site), IClassFixture<MosquittoSite>;

public sealed class SetBackInOneProgramTests(OneProgramSite site) : SetBackTests(site), IClassFixture<OneProgramSite>;
