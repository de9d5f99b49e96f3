using System.CommandLine;
using System.CommandLine.Invocation;
using Picket.Center.Receive;
using Picket.Host;

namespace Picket.Center.Cli;

/// <summary>The command line of <c>picket-center</c>: its verbs, and how an error becomes one line and an exit
/// code.</summary>
internal static class CenterCommandLine
{
    /// <summary>What is open is closed within this time after SIGTERM; a commit that waits for a slow disk fits
    /// in.</summary>
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(10);

    public static async Task<int> Run(string[] arguments)
    {
        var root = new RootCommand(
            """
            The command center's side of Picket: makes the site's certificates, receives the nodes' events, shows alerts.

            Example, a site from nothing:
              picket-center ca init --state /var/lib/picket-center
              mosquitto -c /var/lib/picket-center/broker/mosquitto.conf &
              picket-center run --state /var/lib/picket-center --broker localhost:8883 --enroll-port 8884 &
              picket-center node add --state /var/lib/picket-center gate-1
            """)
        {
            new Command("ca", "The site's certificate authority.") { CaInitVerb.Create(), CaRotateVerb.Create() },
            new Command("node", "The nodes of the site.")
            {
                NodeAddVerb.Create(), NodeSignVerb.Create(), NodeRevokeVerb.Create(), NodeListVerb.Create(),
            },
            new Command("operator", "The persons who use the console.")
            {
                OperatorAddVerb.Create(), OperatorRevokeVerb.Create(), OperatorListVerb.Create(),
            },
            new Command("audit", "The log of who looked at which picture and who changed what.") { AuditVerifyVerb.Create() },
            RunVerb.Create(),
            ImportVerb.Create(),
            VersionVerb.Create(),
        };
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) Console.Error.WriteLine($"picket-center: {error.Message}");
            Console.Error.WriteLine("picket-center: say --help after the verb for its options and an example");
            return (int)ExitCode.BadUsage;
        }
        var debug = Environment.GetEnvironmentVariable("PICKET_DEBUG") == "1";
        using var signals = new EndSignals();
        // Verbs that know no cancellation are over at once, as they were without a handler: files are replaced whole.
        var patience = parsed.Action is SynchronousCommandLineAction ? TimeSpan.Zero : ShutdownLimit;
        var verb = Task.Run(() => Reported(
            // The signals are ours: System.CommandLine's own handler knows neither SIGHUP nor a second signal.
            () => parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                signals.Token),
            Console.Error,
            debug));
        if (await signals.WaitAsync(verb, patience)) return await verb;
        if (patience == TimeSpan.Zero) return (int)ExitCode.Failed;
        Console.Error.WriteLine($"picket-center: what is open did not close within {ShutdownLimit.TotalSeconds:F0} s");
        return (int)ExitCode.Failed;
    }

    /// <summary>The verb's exit code; what it throws becomes one line on <paramref name="errors"/> and the exit code
    /// that belongs to it.</summary>
    /// <param name="debug">Whether an internal error comes with its stack.</param>
    internal static async Task<int> Reported(Func<Task<int>> verb, TextWriter errors, bool debug)
    {
        try
        {
            return await verb();
        }
        catch (CenterException e)
        {
            errors.WriteLine($"picket-center: {e.Message}");
            return (int)e.ExitCode;
        }
        catch (OutputException e)
        {
            if (!e.IsReaderGone) errors.WriteLine($"picket-center: {e.Message}");
            return (int)ExitCode.Failed;
        }
        catch (Exception e)
        {
            // A fault of this program. Uncaught it would abort the process, with a stack instead of a line.
            errors.WriteLine($"picket-center: internal error: {e.GetType().Name}: {Plain.Text(e.Message, 400)}");
            if (debug) errors.WriteLine(e);
            return (int)ExitCode.Failed;
        }
    }
}
