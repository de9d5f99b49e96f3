using System.CommandLine;
using Picket.Agent.Link;
using Picket.Wire;

namespace Picket.Agent.Cli;

/// <summary><c>picket join</c>: makes this machine a node of a site, over the line with a code or by two files on a
/// stick.</summary>
internal static class JoinVerb
{
    public static Command Create()
    {
        var url = new Argument<string?>("URL")
        {
            Description = "The center's enrollment port, https://HOST:PORT.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var code = new Argument<string?>("CODE")
        {
            Description = "The one-time code from picket-center node add. It is better to leave it out: then you are asked for it, "
                + "and others on this machine can't read it in the process list.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var request = new Option<string?>("--request")
        {
            Description =
                "Makes the key if there is none, and writes the certificate request to FILE, for the center to sign.",
            HelpName = "FILE",
        };
        var install = new Option<string?>("--install")
        {
            Description = "Installs the signed bundle: the node's certificate followed by the CA's.",
            HelpName = "FILE",
        };
        var state = new Option<string>("--state")
        {
            Description = "The node's state folder.",
            HelpName = "DIR",
            Required = true,
        };
        var node = new Option<string?>("--node")
        {
            Description = "The node's name, with --request.",
            HelpName = "NAME",
        };
        var verb = new Command(
            "join",
            """
            Makes this machine a node of a site: makes its key, which never leaves it, and gets the certificate for it.
            The code says which center is the right one: any other server is refused before anything is sent to it.

            Examples:
              picket join https://center.line:8884 --state /var/lib/picket          (asks for the code)
              picket join https://center.line:8884 --state /var/lib/picket < code.txt
            without a line, by files on a stick (in between: picket-center node sign):
              picket join --request gate.csr --state /var/lib/picket --node gate-1
              picket join --install gate.pem --state /var/lib/picket
            """)
        {
            url, code, request, install, state, node,
        };
        verb.Validators.Add(result =>
        {
            var ways = new[] { result.GetValue(url), result.GetValue(request), result.GetValue(install) };
            if (ways.Count(way => way is not null) != 1)
                result.AddError("join takes one of URL [CODE], --request FILE and --install FILE");
            else if (ways[1] is not null && result.GetValue(node) is null)
                result.AddError("join --request needs --node NAME");
            else if (ways[0] is { } text && EnrollmentClient.ParseUrl(text) is null)
                result.AddError($"join: '{text}' is not an address such as https://center.line:8884");
        });
        verb.SetAction(async (result, cancel) =>
        {
            var identity = new NodeIdentity(Path.GetFullPath(result.GetValue(state)!));
            StateOwner.Require(identity.StateFolder);
            var console = result.InvocationConfiguration;
            if (result.GetValue(url) is { } address)
            {
                if (result.GetValue(code) is null && !Console.IsInputRedirected)
                    await console.Error.WriteAsync("picket: the code: ");
                var text = result.GetValue(code) ?? await Console.In.ReadLineAsync(cancel) ?? "";
                var name = await JoinAsync(identity, address, text, cancel);
                await console.Output.WriteLineAsync(name);
                SayNext(console, name, identity, EnrollmentClient.ParseUrl(address)!.Host);
            }
            else if (result.GetValue(request) is { } requestFile)
                Request(identity, result.GetValue(node)!, requestFile, console);
            else
            {
                var name = Install(identity, result.GetValue(install)!);
                await console.Output.WriteLineAsync(name);
                SayNext(console, name, identity, "CENTER");
            }
            return (int)ExitCode.Done;
        });
        return verb;
    }

    private static void SayNext(InvocationConfiguration console, string name, NodeIdentity identity, string host) =>
        console.Error.WriteLine($"""
            picket: this machine is now {name}. Next steps:
              1. write /etc/picket/picket.yaml (the shipped one is its manual):
                   state: {identity.StateFolder}
                   cameras: one or more, each with name and url
                   link: endpoints: ["{host}:8883"]   (the broker's address; the port is 8883 unless 'ca init' was given another)
                 it needs no 'node:', the name comes from the certificate
              2. picket run --config /etc/picket/picket.yaml
            """);

    private static Task<string> JoinAsync(NodeIdentity identity, string address, string text, CancellationToken cancel)
    {
        var code = JoinCode.TryParse(text.Trim(), out var error) ?? throw new PicketException(error, ExitCode.BadUsage);
        return Enrollment.JoinAsync(identity, EnrollmentClient.ParseUrl(address)!, code, TimeProvider.System, cancel);
    }

    private static void Request(NodeIdentity identity, string node, string file, InvocationConfiguration console)
    {
        var pem = Enrollment.Request(identity, node);
        try
        {
            File.WriteAllText(file, pem);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException($"{file}: can't be written ({e.Message}); name another file", inner: e);
        }
        console.Output.WriteLine(file);
        console.Error.WriteLine(
            $"picket: sign {file} at the center: picket-center node sign --state DIR --csr {ShellText.Word(file)} --out {node}.pem");
    }

    private static string Install(NodeIdentity identity, string file)
    {
        string pem;
        try
        {
            pem = BoundedFile.ReadText(file, CertificateBundle.MaxBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                $"{file}: can't be read ({e.Message}); name the bundle that the center signed", inner: e);
        }
        return Enrollment.Install(identity, pem, file);
    }
}
