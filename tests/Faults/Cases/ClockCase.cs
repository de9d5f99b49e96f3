using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Picket.Faults.Site;

namespace Picket.Faults.Cases;

/// <summary>Wall clocks that jump a day, both ways. The node's at the seam (its TimeProvider; a restart jumps back), the
/// center's, which is an unchanged program, by libfaketime.</summary>
internal static class ClockCase
{
    private const string Faketime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
    private const int Day = 86_400;

    public static async Task NodeAsync(CaseRun run, int times)
    {
        await using var site = await FaultSite.CreateAsync(run.NextFolder(), new SiteOptions(run.Seed, run.IsQuick));
        await site.StartAsync();
        var step = Day;
        for (var round = 0; round < times; round++, step = -step)
        {
            await site.BurstAsync(60);
            await site.CommandAsync(string.Create(CultureInfo.InvariantCulture, $"clock {step}"));
            await site.BurstAsync(60);
            var started = Stopwatch.GetTimestamp();
            if (round % 3 == 2)
            {
                site.Kill(Part.Node);
                await site[Part.Node].ExitedAsync();
                await site.StartAsync(Part.Node);
            }
            await site.BurstAsync(40);
            await site.DrainAsync();
            await run.JudgeAsync(site, Stopwatch.GetElapsedTime(started), $"round {round}, {step / Day:+0;-0} day");
        }
    }

    public static async Task CenterAsync(CaseRun run, int times)
    {
        if (!File.Exists(Faketime))
        {
            run.Note = "not run: the package libfaketime is not installed";
            return;
        }
        var folder = run.NextFolder();
        Directory.CreateDirectory(folder);
        var clock = Path.Combine(folder, "faketime");
        await File.WriteAllTextAsync(clock, "+0\n");
        await using var site = await FaultSite.CreateAsync(
            folder,
            new SiteOptions(run.Seed, run.IsQuick)
            {
                CenterEnvironment =
                [
                    ("LD_PRELOAD", Faketime), ("FAKETIME_TIMESTAMP_FILE", clock), ("FAKETIME_NO_CACHE", "1"),
                    ("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("FAKETIME_DONT_RESET", "1"),
                    ("FAKETIME_FORCE_MONOTONIC_FIX", "0"), // as in FakeTime
                ],
            });
        await site.StartAsync();
        var step = Day;
        for (var round = 0; round < times; round++, step = -step)
        {
            await site.BurstAsync(60);
            await File.WriteAllTextAsync(clock, string.Create(CultureInfo.InvariantCulture, $"{step:+0;-0}\n"));
            await site.BurstAsync(60);
            var started = Stopwatch.GetTimestamp();
            if (round % 3 == 2)
            {
                site.Kill(Part.Center);
                await site[Part.Center].ExitedAsync();
                await site.StartAsync(Part.Center);
            }
            await site.DrainAsync();
            await run.JudgeAsync(site, Stopwatch.GetElapsedTime(started), $"round {round}, {step / Day:+0;-0} day");
        }
        if (SpanOfArrivals(Path.Combine(site.CenterState, "center.db")) < TimeSpan.FromDays(1.9))
            run.Fault("the center did not see its clock jump: nothing is shown");
    }

    /// <summary>From the earliest to the latest moment at which the center says that it stored something.</summary>
    private static TimeSpan SpanOfArrivals(string database)
    {
        using var connection = new SqliteConnection($"Data Source={database};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT max(received_at) - min(received_at) FROM message";
        return TimeSpan.FromMicroseconds((long)command.ExecuteScalar()!);
    }
}
