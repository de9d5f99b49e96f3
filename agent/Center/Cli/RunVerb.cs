using System.CommandLine;
using System.Net;
using Microsoft.Extensions.Logging.Console;

namespace Picket.Center.Cli;

/// <summary><c>picket-center run</c>: receives, stores, shows.</summary>
internal static class RunVerb
{
    public static Command Create()
    {
        var state = StateOption.Create();
        var broker = new Option<(string Host, int Port)>("--broker")
        {
            Description = "The site's broker, by a name that its certificate has.",
            HelpName = "HOST:PORT",
            Required = true,
            CustomParser = result =>
            {
                if (TryParse(result.Tokens[0].Value, out var endpoint)) return endpoint;
                result.AddError($"--broker {result.Tokens[0].Value}: say HOST:PORT, for instance localhost:8883");
                return default;
            },
        };
        var pagePort = new Option<int>("--page-port")
        {
            Description = "The port of the alerts page on 127.0.0.1; 0 takes a free one.",
            HelpName = "PORT",
            DefaultValueFactory = _ => 0,
        };
        pagePort.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 65535) result.AddError("--page-port: has to be 0 to 65535");
        });
        var enrollPort = new Option<int?>("--enroll-port")
        {
            Description = "The enrollment port, where machines join with a code and nodes renew their certificates; 0 takes a "
                + "free one. Without it there is none, and certificates come by file.",
            HelpName = "PORT",
        };
        enrollPort.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 0 or > 65535) result.AddError("--enroll-port: has to be 0 to 65535");
        });
        var enrollBind = new Option<IPAddress>("--enroll-bind")
        {
            Description = "The address the enrollment port listens on: the one of the isolated line.",
            HelpName = "ADDRESS",
            DefaultValueFactory = _ => IPAddress.Loopback,
            CustomParser = result =>
            {
                if (IPAddress.TryParse(result.Tokens[0].Value, out var address)) return address;
                result.AddError($"--enroll-bind {result.Tokens[0].Value}: no address");
                return null;
            },
        };
        var json = new Option<bool>("--json")
        {
            Description = "Write every new event as a JSON object a line instead of alerts for people.",
        };
        var database = DatabaseOptions.Create();
        var command = new Command(
            "run",
            """
            Receives the nodes' events, stores them, acknowledges them, prints alerts and shows them on a page of this machine.
            The page's link is for the demo and for a single operator at this machine; it works once and is printed at the start.

            Examples:
              picket-center run --state /var/lib/picket-center --broker localhost:8883
              picket-center run --state /var/lib/picket-center --broker localhost:8883 --database "Host=/run/postgresql;Database=picket"
              picket-center run --state /var/lib/picket-center --broker center.line:8883 --enroll-port 8884 --enroll-bind 10.20.0.1
            """)
        { state, broker, pagePort, enrollPort, enrollBind, json, database.Text, database.File };
        command.SetAction(async (parsed, cancel) =>
        {
            CoreDumps.TurnOff();
            var (host, port) = parsed.GetRequiredValue(broker);
            using var loggers = StandardError();
            var center = new CenterRunner(
                parsed.GetRequiredValue(state), host, port, parsed.GetRequiredValue(pagePort), parsed.GetValue(json),
                TimeProvider.System, database.Read(parsed))
            {
                EnrollAt = parsed.GetValue(enrollPort) is { } enroll
                    ? new IPEndPoint(parsed.GetRequiredValue(enrollBind), enroll)
                    : null,
            };
            await center.Run(Console.Out, Console.Error, loggers, cancel);
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static bool TryParse(string text, out (string Host, int Port) endpoint)
    {
        var colon = text.LastIndexOf(':');
        endpoint = default;
        if (colon < 1 || !int.TryParse(text.AsSpan(colon + 1), out var port) || port is < 1 or > 65535) return false;
        endpoint = (text[..colon].Trim('[', ']'), port);
        return Uri.CheckHostName(endpoint.Host) != UriHostNameType.Unknown;
    }

    /// <summary>Log lines go to standard error; standard output is for alerts alone.</summary>
    internal static ILoggerFactory StandardError() => LoggerFactory.Create(logging => logging
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ssZ ";
        })
        .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
}
