using System.CommandLine;
using System.CommandLine.Invocation;

namespace Picket.Center.Cli;

/// <summary>The verbs of <c>picket-center</c>.</summary>
internal static class CenterCommandLine
{
    private const string Program = "picket-center";

    /// <summary>Everything is closed within this time after SIGTERM; it is enough for a commit that waits for a slow
    /// disk.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var root = new RootCommand(
            """
            The command center's side of Picket: issues the site's certificates, receives the nodes' events, shows alerts.

            Example, a site from nothing:
              picket-center ca init --state /var/lib/picket-center
              picket-center run --state /var/lib/picket-center --enroll-port 8884 &
              picket-center node add --state /var/lib/picket-center gate-1
            """)
        {
            new Command("ca", "The site's certificate authority.") { CaInitVerb.Create(), CaRotateVerb.Create() },
            new Command("node", "The nodes of the site.")
            {
                NodeAddVerb.Create(), NodeSignVerb.Create(), NodeRevokeVerb.Create(), NodeListVerb.Create(),
            },
            new Command("operator", "The people who use the console.")
            {
                OperatorAddVerb.Create(), OperatorRevokeVerb.Create(), OperatorListVerb.Create(),
            },
            new Command("audit", "The log of who looked at which picture and who changed what.") { AuditVerifyVerb.Create() },
            RunVerb.Create(),
            ImportVerb.Create(),
            VersionVerb.Create(),
        };
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0) return ErrorBoundary.BadUsage(Program, parsed.Errors.Select(e => e.Message));
        var patience = parsed.Action is SynchronousCommandLineAction ? TimeSpan.Zero : EndsWithin;
        return await ErrorBoundary.RunAsync(Program, patience, end => parsed.InvokeAsync(
            // The signals are ours: System.CommandLine's own handler knows neither SIGHUP nor a second signal.
            new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, end));
    }
}
