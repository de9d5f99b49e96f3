using System.CommandLine;
using Picket.Agent.Link;

namespace Picket.Agent.Cli;

/// <summary><c>picket join</c>: the two steps that make this machine a node of a site.</summary>
internal static class JoinVerb
{
    public static Command Create()
    {
        var request = new Option<string?>("--request")
        {
            Description =
                "Makes the key, if there is none, and writes the certificate request to FILE, for the center to sign.",
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
            "Makes this machine a node of a site. Example: "
            + "picket join --request gate.csr --state /var/lib/picket --node gate-1, "
            + "then picket join --install gate.pem --state /var/lib/picket")
        {
            request, install, state, node,
        };
        verb.Validators.Add(result =>
        {
            var (asks, installs) = (result.GetValue(request) is not null, result.GetValue(install) is not null);
            if (asks == installs) result.AddError("join takes either --request FILE or --install FILE");
            else if (asks && result.GetValue(node) is null) result.AddError("join --request needs --node NAME");
        });
        verb.SetAction(result =>
        {
            var identity = new NodeIdentity(Path.GetFullPath(result.GetValue(state)!));
            var console = result.InvocationConfiguration;
            if (result.GetValue(request) is { } requestFile)
                Request(identity, result.GetValue(node)!, requestFile, console);
            else console.Output.WriteLine(Install(identity, result.GetValue(install)!));
            return (int)ExitCode.Done;
        });
        return verb;
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
            $"picket: sign {file} at the center: picket-center node sign --state DIR --csr {file} --out {node}.pem");
    }

    private static string Install(NodeIdentity identity, string file)
    {
        string pem;
        try
        {
            pem = File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                $"{file}: can't be read ({e.Message}); name the bundle that the center signed", inner: e);
        }
        return Enrollment.Install(identity, pem, file);
    }
}
