using System.Diagnostics;
using Picket.Faults.Site;

namespace Picket.Faults.Cases;

/// <summary>Messages and acks lost, doubled and swapped at the link's own seam: what TLS and TCP never show, and a broker
/// may do.</summary>
internal static class SeamCase
{
    /// <param name="rate">How likely each fault is for each message and ack.</param>
    public static async Task RunAsync(CaseRun run, double rate, int times, int events)
    {
        for (var round = 0; round < times; round++)
        {
            // Always with short waits: with the product's, an event lost five times in a row is tried again after ten
            // minutes.
            await using var site = await FaultSite.CreateAsync(
                run.NextFolder(), new SiteOptions(run.Seed + round, IsQuick: true) { SeamFaults = rate });
            await site.StartAsync();
            await site.BurstAsync(events);
            var started = Stopwatch.GetTimestamp();
            await site.DrainAsync();
            await run.JudgeAsync(site, Stopwatch.GetElapsedTime(started), $"round {round}, each fault {rate:P0}");
            run.EndSite();
        }
    }
}
