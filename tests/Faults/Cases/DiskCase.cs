using System.Diagnostics;
using Picket.Faults.Site;

namespace Picket.Faults.Cases;

/// <summary>The disk of the node, or that of the center, is full while events come; a kill -9 meanwhile.</summary>
internal static class DiskCase
{
    private static readonly TimeSpan Full = TimeSpan.FromSeconds(4);

    public static async Task NodeAsync(CaseRun run, int times)
    {
        var folder = run.NextFolder();
        var disk = new Lazy<Task<SmallDisk>>(
            () => SmallDisk.MountAsync(Path.Combine(folder, "node"), "24m", Path.Combine(folder, "disk.log")));
        await using var site = await FaultSite.CreateAsync(
            folder, new SiteOptions(run.Seed, run.IsQuick) { NodeDisk = disk });
        await using var small = await disk.Value;
        await site.StartAsync();
        for (var round = 0; round < times; round++)
        {
            await site.BurstAsync(120);
            small.Fill();
            await site[Part.Node].SendAsync("burst 200");
            await Task.Delay(Full);
            var isKilled = round % 2 == 1;
            if (isKilled)
            {
                site.Kill(Part.Node);
                await site[Part.Node].ExitedAsync();
            }
            small.Free();
            var started = Stopwatch.GetTimestamp();
            if (isKilled) await site.StartAsync(Part.Node);
            else await site.DoneAsync("burst 200");
            await site.DrainAsync();
            await run.JudgeAsync(
                site, Stopwatch.GetElapsedTime(started), $"round {round}{(isKilled ? ", node killed" : "")}");
        }
    }

    public static async Task CenterAsync(CaseRun run, int times)
    {
        var folder = run.NextFolder();
        var disk = new Lazy<Task<SmallDisk>>(
            () => SmallDisk.MountAsync(Path.Combine(folder, "center"), "24m", Path.Combine(folder, "disk.log")));
        await using var site = await FaultSite.CreateAsync(
            folder, new SiteOptions(run.Seed, run.IsQuick) { CenterDisk = disk });
        await using var small = await disk.Value;
        await site.StartAsync();
        for (var round = 0; round < times; round++)
        {
            await site.BurstAsync(120);
            small.Fill();
            await site.BurstAsync(200);
            await Task.Delay(Full);
            var isKilled = round % 2 == 1;
            if (isKilled)
            {
                site.Kill(Part.Center);
                await site[Part.Center].ExitedAsync();
            }
            small.Free();
            var started = Stopwatch.GetTimestamp();
            await site.StartAsync();
            await site.DrainAsync();
            await run.JudgeAsync(
                site, Stopwatch.GetElapsedTime(started), $"round {round}{(isKilled ? ", center killed" : "")}");
        }
    }
}
