using System.CommandLine;
using Picket.Center.Enroll;
using Picket.Wire;

namespace Picket.Center.Cli;

/// <summary><c>picket-center ca init</c>: makes a site.</summary>
internal static class CaInitVerb
{
    public static Command Create()
    {
        var state = StateOption.Create();
        var hosts = new Option<string[]>("--host")
        {
            Description = "A name or address by which nodes reach the broker; may be given more than once. "
                + "localhost and 127.0.0.1 are always included.",
            HelpName = "HOST",
            DefaultValueFactory = _ => [],
        };
        hosts.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
                if (HostText.Fault(token.Value) is { } fault) result.AddError($"--host {token.Value}: {fault}");
        });
        var port = new Option<int>("--broker-port")
        {
            Description = "The port the broker listens on.",
            DefaultValueFactory = _ => 8883,
        };
        port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 65535)
                result.AddError("--broker-port: must be 1 to 65535");
        });
        var bind = new Option<string>("--broker-bind")
        {
            Description = "The address the broker listens on: the one of the isolated line.",
            HelpName = "ADDRESS",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        bind.Validators.Add(result =>
        {
            var text = result.GetValueOrDefault<string>();
            if (HostText.Address(text, out var fault) is null) result.AddError($"--broker-bind {text}: {fault}");
        });
        var command = new Command(
            "init",
            """
            Creates the site: its certificate authority, the broker's and the center's certificates, and where the broker listens.

            Example:
              picket-center ca init --state /var/lib/picket-center --host center.line --broker-bind 10.20.0.1
            """)
        { state, hosts, port, bind };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(state);
            Enrollment.CreateSite(
                folder, parsed.GetRequiredValue(hosts), parsed.GetRequiredValue(bind), parsed.GetRequiredValue(port),
                TimeProvider.System);
            Console.WriteLine($"site created in {folder.Root}");
            var root = ShellText.Word(folder.Root);
            var enroll = $"--enroll-port 8884 --enroll-bind {parsed.GetRequiredValue(bind)}";
            Console.WriteLine($"start the center:  picket-center run --state {root} {enroll}");
            Console.WriteLine("or, with a mosquitto beside it:");
            Console.WriteLine($"  its broker:      mosquitto -c {ShellText.Word(folder.BrokerConfiguration)}");
            Console.WriteLine(
                $"  the center:      picket-center run --state {root} --broker localhost:{parsed.GetRequiredValue(port)} {enroll}");
            Console.WriteLine($"let a node join:   picket-center node add --state {root} NAME");
            Console.WriteLine(
                $"or, with a stick:  picket-center node sign --state {root} --csr NODE.csr --out NODE.pem");
            Console.WriteLine($"keep {folder.CaKey} secret and backed up: it is the site");
            return (int)ExitCode.Done;
        });
        return command;
    }
}
