using System.CommandLine;
using System.CommandLine.Invocation;
using Picket.Host;

namespace Picket.Agent.Cli;

/// <summary>
/// The verbs of <c>picket</c>, and how every one of them ends: an <see cref="ExitCode"/>, errors as one line on
/// standard error.
/// </summary>
internal static class CommandLine
{
    /// <summary>What systemd waits for before it kills. A node drains for 10 s at most, the demo for a minute.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(90);

    public static async Task<int> RunAsync(string[] args)
    {
        CoreDumps.TurnOff();
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
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await Console.Error.WriteLineAsync($"picket: {error.Message}").ConfigureAwait(false);
            await Console.Error.WriteLineAsync("picket: see 'picket --help'").ConfigureAwait(false);
            return (int)ExitCode.BadUsage;
        }
        using var signals = new EndSignals();
        // Verbs that know no cancellation are over at once; they leave nothing half done. They, and analyze, block.
        var patience = parsed.Action is SynchronousCommandLineAction ? TimeSpan.Zero : EndsWithin;
        var verb = Task.Run(() => ReportedAsync(parsed, signals.Token));
        if (await signals.WaitAsync(verb, patience).ConfigureAwait(false)) return await verb.ConfigureAwait(false);
        if (patience == TimeSpan.Zero) return (int)ExitCode.Failed;
        await Console.Error.WriteLineAsync($"picket: did not end within {EndsWithin.TotalSeconds:F0} s").ConfigureAwait(false);
        return (int)ExitCode.Failed;
    }

    private static async Task<int> ReportedAsync(ParseResult parsed, CancellationToken end)
    {
        try
        {
            // The signals are ours: System.CommandLine's own handler knows neither SIGHUP nor a second signal.
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, end)
                .ConfigureAwait(false);
        }
        catch (PicketException e)
        {
            await Console.Error.WriteLineAsync($"picket: {e.Message}").ConfigureAwait(false);
            return (int)e.ExitCode;
        }
        catch (OutputException e)
        {
            if (!e.IsReaderGone) await Console.Error.WriteLineAsync($"picket: {e.Message}").ConfigureAwait(false);
            return (int)ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C: the verb has ended what it started.
            return (int)ExitCode.Failed;
        }
        catch (Exception e)
        {
            // A bug: one line for the person, the rest for who looks for it; no abort, whose core would hold faces.
            await Console.Error.WriteLineAsync($"picket: internal error: {e.GetType().Name}: {e.Message}")
                .ConfigureAwait(false);
            if (Environment.GetEnvironmentVariable("PICKET_DEBUG") == "1")
                await Console.Error.WriteLineAsync(e.ToString()).ConfigureAwait(false);
            return (int)ExitCode.Failed;
        }
    }
}
