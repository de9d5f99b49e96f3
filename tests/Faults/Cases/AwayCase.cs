using System.Diagnostics;
using System.Globalization;
using Picket.Faults.Site;
using Picket.Tests.Support;

namespace Picket.Faults.Cases;

/// <summary>A node without a line for days; then it gets one.</summary>
internal static class AwayCase
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(25);

    /// <param name="hours">Simulated: the node's clock is let run ahead.</param>
    public static async Task RunAsync(CaseRun run, int events, int hours)
    {
        await using var site = await FaultSite.CreateAsync(run.NextFolder(), new SiteOptions(run.Seed, run.IsQuick));
        site.NodeLine.Set(LineFault.Cut);
        await site.StartAsync();
        await site.CommandAsync(string.Create(CultureInfo.InvariantCulture, $"away {events} {hours}"), Patience);
        run.Tell($"{events} events made");
        site.NodeLine.Set(LineFault.None);
        var started = Stopwatch.GetTimestamp();
        await site.CommandAsync("drain", Patience);
        await run.JudgeAsync(site, Stopwatch.GetElapsedTime(started), $"{hours} h away");
    }
}
