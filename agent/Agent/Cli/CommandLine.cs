using System.CommandLine;
using System.CommandLine.Invocation;

namespace Picket.Agent.Cli;

/// <summary>The verbs of <c>picket</c>.</summary>
internal static class CommandLine
{
    private const string Program = "picket";

    /// <summary>How long systemd waits before it kills. A node drains for at most 10 s, the demo for a minute.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(90);

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Picket: an edge video-analytics node. It decodes the site's cameras, "
            + "recognizes watchlisted faces and sends only events.")
        {
            RunVerb.Create(),
            DemoVerb.Create(),
            JoinVerb.Create(),
            OutboxVerb.Create(),
            BenchVerb.Create(),
            AnalyzeVerb.Create(),
            EmbedVerb.Create(),
            VersionVerb.Create(),
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0) return ErrorBoundary.BadUsage(Program, parsed.Errors.Select(e => e.Message));
        var patience = parsed.Action is SynchronousCommandLineAction ? TimeSpan.Zero : EndsWithin;
        return await ErrorBoundary.RunAsync(Program, patience, end => parsed.InvokeAsync(
            // The signals are ours: System.CommandLine's own handler knows neither SIGHUP nor a second signal.
            new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, end));
    }
}
