using System.Diagnostics;
using Picket.Faults.Phases;
using Picket.Faults.Site;

namespace Picket.Faults.Cases;

/// <summary>Kills one part again and again in one phase, until enough kills have hit it; after each, everything has to
/// arrive once.</summary>
internal static class KillCase
{
    /// <summary>Then the databases of the site begin anew: the judge reads them whole after each kill.</summary>
    private const int RoundsPerSite = 25;

    /// <summary>A broker that is killed every few seconds makes the node more and more patient, up to 30 s
    /// (LinkOptions.BackoffMax), which is right but not what is to be shown.</summary>
    private const int BrokerRoundsPerSite = 5;

    /// <param name="hits">How many kills have to be in the phase.</param>
    public static async Task RunAsync(CaseRun run, Part part, Phase phase, int hits, bool hasPostgres = false)
    {
        // Half of the kills land where they are aimed at when the machine is busy; a third is the least that is worth
        // the time.
        var most = hits * 3;
        FaultSite? site = null;
        try
        {
            for (var round = 0; run.Kills.Count(kill => kill.IsHit) < hits; round++)
            {
                if (round == most)
                {
                    run.Fault(
                        $"only {run.Kills.Count(kill => kill.IsHit)} of {most} kills hit the phase, {hits} are wanted");
                    return;
                }
                if (round % (part == Part.Broker ? BrokerRoundsPerSite : RoundsPerSite) == 0)
                {
                    if (site is not null) await site.DisposeAsync();
                    run.EndSite();
                    site = await FaultSite.CreateAsync(
                        run.NextFolder(), new SiteOptions(run.Seed + round, run.IsQuick) { HasPostgres = hasPostgres });
                }
                await RoundAsync(run, site!, Aim.Throw(part, phase, run.Seed, round), round);
            }
        }
        finally
        {
            if (site is not null) await site.DisposeAsync();
        }
    }

    private static async Task RoundAsync(CaseRun run, FaultSite site, Aim aim, int round)
    {
        await site.StartAsync();
        await site.DrainAsync();
        var killed = Arm(site, aim);
        // Enough groups that the aim's occurrence comes.
        var burst = $"burst {(run.IsQuick ? 90 : 150)}";
        await site[Part.Node].SendAsync(burst);
        await site[Part.Node].SendAsync("drain");
        var drained = site.DoneAsync("drain");
        await Task.WhenAny(killed, drained);
        if (!killed.IsCompleted)
        {
            await drained;
            Disarm(site);
            run.Tell($"round {round}: {aim.Occurrence} of {aim.Phase} never came");
            return;
        }
        var (before, after) = await killed;
        await site[aim.Part].ExitedAsync();
        await Task.WhenAll(site.NodePhases.DrainedAsync(), site.CenterPhases.DrainedAsync());
        var phases = PhaseJudge.PhasesAt(site.NodePhases.Seen, site.CenterPhases.Seen, before, after);
        Disarm(site);
        if (aim.Part == Part.Node) await ((Task)drained).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(aim.DownFor);

        var started = Stopwatch.GetTimestamp();
        await site.StartAsync(aim.Part);
        if (aim.Part == Part.Node) drained = site.DrainAsync();
        await RestartingAsync(run, site, drained);
        var recovery = Stopwatch.GetElapsedTime(started);
        var kill = new Kill(run.Name, run.Seed, round, aim, phases, recovery);
        run.Add(kill);
        await run.JudgeAsync(
            site, recovery,
            $"round {round}, {aim.Part} killed in {string.Join("+", phases)}{(kill.IsHit ? "" : " (missed)")}");
    }

    /// <summary>Waits, and meanwhile starts a center again that has ended by itself, as systemd does: one that can't reach
    /// PostgreSQL within its 5 s gives up with a remedy.</summary>
    private static async Task RestartingAsync(CaseRun run, FaultSite site, Task drained)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (!drained.IsCompleted && await timer.WaitForNextTickAsync())
        {
            if (drained.IsCompleted || !site[Part.Center].HasExited) continue;
            run.Tell("the center ended by itself and is started again, as systemd does");
            await site.StartAsync(Part.Center);
        }
        await drained;
    }

    /// <summary>Completes with the moments before and after the kill.</summary>
    private static Task<(long Before, long After)> Arm(FaultSite site, Aim aim)
    {
        var done = new TaskCompletionSource<(long, long)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var seen = 0;
        var (isCenters, word) = aim.Phase switch
        {
            Phase.Commit => (false, "commit+"),
            Phase.Publish or Phase.Any => (false, "publish+"),
            Phase.CenterCommit => (true, "commit+"),
            Phase.Ack when aim.Part == Part.Node => (false, "ack+"),
            Phase.Ack => (true, "commit-"),
            _ => throw new ArgumentOutOfRangeException(nameof(aim)),
        };
        void Watch(PhaseEvent announced)
        {
            if (announced.Word != word || (word != "ack+" && announced.Events == 0)) return;
            if (Interlocked.Increment(ref seen) != aim.Occurrence) return;
            var announcedAt = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(announcedAt) < aim.Delay)
            {
                // A sleep would be 60 us too long; the wait is at most 20 ms.
            }
            done.SetResult(site.Kill(aim.Part));
        }
        site.NodePhases.Begin(isCenters ? null : Watch);
        site.CenterPhases.Begin(isCenters ? Watch : null);
        return done.Task;
    }

    private static void Disarm(FaultSite site)
    {
        site.NodePhases.Begin(null);
        site.CenterPhases.Begin(null);
    }
}
