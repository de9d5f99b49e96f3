using System.Diagnostics;
using Picket.Faults.Site;
using Picket.Tests.Support;

namespace Picket.Faults.Cases;

/// <summary>A line that is cut, goes dead without a word, stands still or is slow, while events are made.</summary>
internal static class LineCase
{
    /// <param name="isCenters">The line between center and broker; else that between node and broker.</param>
    /// <param name="hold">How long a fault lasts, at least and at most.</param>
    public static async Task RunAsync(
        CaseRun run, bool isCenters, LineFault fault, int times, TimeSpan from, TimeSpan to)
    {
        await using var site = await FaultSite.CreateAsync(
            run.NextFolder(), new SiteOptions(run.Seed, run.IsQuick));
        await site.StartAsync();
        await site.DrainAsync();
        var line = isCenters ? site.CenterLine : site.NodeLine;
        var dice = new Random(run.Seed);
        for (var round = 0; round < times; round++)
        {
            await site[Part.Node].SendAsync("burst 100");
            await Task.Delay(dice.Next(150));
            line.Set(fault);
            var hold = from + ((to - from) * dice.NextDouble());
            var held = Task.Delay(hold);
            await site.DoneAsync("burst 100");
            await site.BurstAsync(60);
            await held;
            line.Set(LineFault.None);
            var started = Stopwatch.GetTimestamp();
            await site.DrainAsync();
            await run.JudgeAsync(
                site, Stopwatch.GetElapsedTime(started), $"round {round}, {fault} for {hold.TotalSeconds:0.0} s");
        }
    }

    /// <summary>Each byte takes <paramref name="oneWay"/>, on both lines, and one kill comes on top.</summary>
    public static async Task SlowAsync(CaseRun run, TimeSpan oneWay)
    {
        await using var site = await FaultSite.CreateAsync(run.NextFolder(), new SiteOptions(run.Seed, run.IsQuick));
        site.NodeLine.Latency = oneWay;
        site.CenterLine.Latency = oneWay;
        await site.StartAsync();
        for (var round = 0; round < 2; round++)
        {
            await site.BurstAsync(150);
            var started = Stopwatch.GetTimestamp();
            if (round == 1)
            {
                site.Kill(Part.Node);
                await site[Part.Node].ExitedAsync();
                await site.StartAsync(Part.Node);
            }
            await site.DrainAsync();
            await run.JudgeAsync(
                site, Stopwatch.GetElapsedTime(started), $"round {round}, {oneWay.TotalSeconds:0.#} s one way");
        }
    }
}
