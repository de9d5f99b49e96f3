using System.Diagnostics;
using System.Text.Json;

namespace Picket.Agent.Cli.Demo;

/// <summary>What <c>packaging/verify-delivery.py</c> found: a judge that shares no code with node or center.</summary>
internal sealed record DeliveryCheck(
    bool Exact,
    long Events,
    long Passages,
    long Crops,
    long Stored,
    IReadOnlyDictionary<string, long> Differences)
{
    /// <exception cref="PicketException">The judge could not run or could not read the databases.</exception>
    public static async Task<DeliveryCheck> RunAsync(DemoPaths paths, CancellationToken cancel)
    {
        string[] arguments =
        [
            paths.Verify,
            Path.Combine(paths.NodeState, "outbox.db"),
            Path.Combine(paths.CenterState, "center.db"),
            DemoSite.NodeName,
            "--json",
        ];
        using var judge = Process.Start(new ProcessStartInfo("/usr/bin/python3", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = judge.StandardError.ReadToEndAsync(cancel);
        var output = await judge.StandardOutput.ReadToEndAsync(cancel);
        await judge.WaitForExitAsync(cancel);
        if (judge.ExitCode is not (0 or 1))
            throw new PicketException($"demo: the delivery check failed: {(await error).Trim()}");
        var json = JsonDocument.Parse(output).RootElement;
        return new DeliveryCheck(
            json.GetProperty("exact").GetBoolean() && judge.ExitCode == 0,
            json.GetProperty("events").GetInt64(),
            json.GetProperty("passages").GetInt64(),
            json.GetProperty("crops").GetInt64(),
            json.GetProperty("stored").GetInt64(),
            json.GetProperty("differences").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetInt64()));
    }
}
