using System.CommandLine;
using Picket.Agent.Cli.Demo;

namespace Picket.Agent.Cli;

/// <summary>
/// <c>picket demo</c>: a whole site on this machine, watched until it is ended or its time is over.
/// </summary>
internal static class DemoVerb
{
    public static Command Create()
    {
        var seconds = new Option<double?>("--seconds")
        {
            Description = "End by itself after this time, with a table; exit code 0 only if what the center holds is "
                + "exactly what the node decided.",
        };
        var camera = new Option<string?>("--camera")
        {
            Description = "A real camera (rtsp://...) or a clip instead of the three simulated ones.",
        };
        var faults = new Option<string[]>("--fault")
        {
            Description = "Pull a cable: PART@SECOND[:FOR], where PART is node, center or cameras. "
                + "May be repeated.",
            DefaultValueFactory = _ => [],
        };
        var json = new Option<bool>("--json") { Description = "The result as one JSON object on standard output." };
        var site = new Option<string?>("--site")
        {
            Description = "Folder of the demo's site (default: artifacts/demo/site); removed and recreated.",
        };
        var port = new Option<int>("--page-port")
        {
            Description = "Port of the center's page on 127.0.0.1; 0 picks a free one.",
        };
        var verb = new Command("demo", """
            Three simulated cameras, node and center with fresh certificates, all on loopback. Alerts appear here and on the center's page.

            Examples:
              picket demo
              picket demo --seconds 60
              picket demo --seconds 120 --fault node@20 --fault center@40:20
              picket demo --camera rtsp://10.0.0.7/stream1
            """)
        { seconds, camera, faults, json, site, port };
        verb.SetAction((parsed, cancel) => RunAsync(
            parsed.GetValue(seconds) is { } s ? TimeSpan.FromSeconds(s) : null,
            parsed.GetValue(camera),
            [.. parsed.GetValue(faults)!.Select(DemoFault.Parse)],
            parsed.GetValue(json),
            parsed.GetValue(site),
            parsed.GetValue(port),
            cancel));
        return verb;
    }

    private static async Task<int> RunAsync(
        TimeSpan? length,
        string? camera,
        IReadOnlyList<DemoFault> faults,
        bool json,
        string? site,
        int pagePort,
        CancellationToken cancel)
    {
        var paths = DemoPaths.Make(site);
        var started = TimeProvider.System.GetTimestamp();
        var progress = new ClipProgress(Console.Error, !Console.IsErrorRedirected);
        var clips = await new DemoClips(paths.Media, paths.ClipCache, progress).MakeAsync(cancel);
        var console = DemoConsole.StandardError();
        var watch = new DemoWatch(started, faults, console);
        await using var demo = new DemoSite(paths, clips, camera, pagePort, watch);
        var link = await demo.StartAsync(cancel);
        watch.ShowPage(link);
        watch.Say(length is null ? "running until Ctrl-C" : $"running for {length.Value.TotalSeconds:F0} s");
        await watch.RunAsync(demo, length, cancel);

        watch.Say("ending: cameras, node, center");
        if (console.IsGone)
        {
            // The terminal was closed: nobody waits for a result, and nothing should keep running.
            await demo.KillAsync();
            return (int)ExitCode.Failed;
        }
        var drained = await demo.StopAsync(CancellationToken.None);
        var delivery = await DeliveryCheck.RunAsync(paths, CancellationToken.None);
        var result = DemoResult.Judge(demo, clips, watch, drained, delivery, camera is null, faults.Count);
        result.Print(json);
        return (int)(result.Fits ? ExitCode.Done : ExitCode.Failed);
    }
}
