using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Picket.Center.Receive;
using Picket.Center.Web;
using Picket.Wire;

namespace Picket.Center.Cli;

/// <summary><c>picket-center run</c>: receives, stores, shows.</summary>
internal static class RunVerb
{
    public static Command Create()
    {
        var state = StateOption.Create();
        var broker = BrokerOption.Create();
        var port = new Option<int>("--console-port", "--page-port")
        {
            Description = "The console's port; 0 takes a free one.",
            HelpName = "PORT",
            DefaultValueFactory = _ => 8443,
        };
        port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 65535) result.AddError("--console-port: must be 0 to 65535");
        });
        var bind = new Option<IPAddress>("--console-bind")
        {
            Description = "The address the console listens on: the one of the control room's network.",
            HelpName = "ADDRESS",
            DefaultValueFactory = _ => IPAddress.Loopback,
            CustomParser = ParseAddress,
        };
        var demo = new Option<bool>("--demo-link")
        {
            Description = "For the demo only: no TLS, no operators; the page is on 127.0.0.1 behind a one-time link.",
        };
        var enrollPort = new Option<int?>("--enroll-port")
        {
            Description = "The enrollment port, where machines join with a code and nodes renew their certificates; 0 takes a "
                + "free one. Without it there is none, and certificates come by file.",
            HelpName = "PORT",
        };
        enrollPort.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 0 or > 65535) result.AddError("--enroll-port: must be 0 to 65535");
        });
        var enrollBind = new Option<IPAddress>("--enroll-bind")
        {
            Description = "The address the enrollment port listens on: the one of the isolated line.",
            HelpName = "ADDRESS",
            DefaultValueFactory = _ => IPAddress.Loopback,
            CustomParser = ParseAddress,
        };
        var accept = new Option<bool>("--accept-restore")
        {
            Description = "Go on, once, with a state folder that was restored from a backup: those shut out since are admitted "
                + "until they are shut out again.",
        };
        var json = new Option<bool>("--json")
        {
            Description = "Write every new event as one JSON object a line, instead of alerts for people.",
        };
        var database = DatabaseOptions.Create();
        var keep = KeepOptions.Create();
        var budget = new Option<int>("--node-budget")
        {
            Description = "What a node may store a day, in MiB, and twice that at once. The rest waits at the node.",
            HelpName = "MIB",
            DefaultValueFactory = _ => (int)(NodeBudgets.DefaultBytesPerDay >> 20),
        };
        budget.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1 << 20) result.AddError("--node-budget: must be 1 to 1048576");
        });
        var command = new Command(
            "run",
            """
            Receives the nodes' events, stores them, acknowledges them, prints alerts and shows them on the console: over TLS, to
            people with a client certificate of this site (picket-center operator add). It is itself the nodes' broker, at the
            address given to 'ca init' (DIR/broker/listen), unless a mosquitto is named.

            Examples:
              picket-center run --state /var/lib/picket-center --console-bind 10.30.0.1 --enroll-port 8884 --enroll-bind 10.20.0.1
              picket-center run --state /var/lib/picket-center --database "Host=/run/postgresql;Database=picket"
              picket-center run --state /var/lib/picket-center --broker localhost:8883
            """)
        { state, broker, port, bind, demo, enrollPort, enrollBind, accept, json, database.Text, database.File, budget };
        keep.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            using var loggers = StandardError();
            var center = new CenterRunner(
                parsed.GetRequiredValue(state),
                BrokerOption.Read(parsed, broker),
                new ConsoleOptions(
                    parsed.GetRequiredValue(bind), parsed.GetRequiredValue(port), parsed.GetValue(demo)),
                parsed.GetValue(json),
                TimeProvider.System,
                database.Read(parsed))
            {
                AcceptRestore = parsed.GetValue(accept),
                Keep = keep.Read(parsed),
                NodeBudget = (long)parsed.GetValue(budget) << 20,
                EnrollAt = parsed.GetValue(enrollPort) is { } enroll
                    ? new IPEndPoint(parsed.GetRequiredValue(enrollBind), enroll)
                    : null,
            };
            await center.RunAsync(Console.Out, Console.Error, loggers, cancel);
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static IPAddress? ParseAddress(ArgumentResult result)
    {
        var address = HostText.Address(result.Tokens[0].Value, out var fault);
        if (address is null) result.AddError($"{((OptionResult)result.Parent!).IdentifierToken?.Value} {result.Tokens[0].Value}: {fault}");
        return address;
    }

    /// <summary>Log lines go to standard error; standard output is for alerts alone.</summary>
    internal static ILoggerFactory StandardError() => LoggerFactory.Create(logging => logging
        .AddFilter("Microsoft", LogLevel.Warning)
        // A port that can't be had is our own line; theirs is a page of stack. What fails while it serves is Error.
        .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
        .AddFilter("Microsoft.AspNetCore.Server.Kestrel", level => level is LogLevel.Warning or LogLevel.Error)
        .AddStandardError());
}
