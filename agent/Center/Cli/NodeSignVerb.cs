using System.CommandLine;
using System.Text;
using Picket.Center.Enroll;
using Picket.Wire;

namespace Picket.Center.Cli;

/// <summary><c>picket-center node sign</c>: gives a node its certificate.</summary>
internal static class NodeSignVerb
{
    public static Command Create()
    {
        var state = StateOption.Create();
        var request = new Option<string>("--csr")
        {
            Description = "The node's certificate request, PKCS#10 in PEM.",
            HelpName = "FILE",
            Required = true,
        };
        var output = new Option<string>("--out")
        {
            Description = "Where to write the bundle: the node's certificate, then the authority's, in PEM.",
            HelpName = "FILE",
            Required = true,
        };
        var name = new Option<string?>("--name")
        {
            Description = "The node this is meant for; a request for another name is refused.",
            HelpName = "NAME",
        };
        var renew = new Option<bool>("--renew")
        {
            Description = "Give a node that is already on the list another certificate.",
        };
        var command = new Command(
            "sign",
            """
            Signs a node's certificate request, puts the node on the list and gives it its topics at the broker.

            Example:
              picket-center node sign --state /var/lib/picket-center --csr gate-1.csr --out gate-1.pem --name gate-1
            """)
        { state, request, output, name, renew };
        command.SetAction(async (parsed, cancel) =>
        {
            var folder = parsed.GetRequiredValue(state);
            var (bundle, entry, told) = await Enrollment.SignAsync(
                folder, Read(parsed.GetRequiredValue(request)), parsed.GetRequiredValue(request),
                parsed.GetValue(name), parsed.GetValue(renew), TimeProvider.System, cancel);
            PrivateFiles.Write(Path.GetFullPath(parsed.GetRequiredValue(output)), bundle);
            Console.WriteLine($"node {entry.Name} signed until {entry.NotAfter:yyyy-MM-dd}, serial {entry.Serial}");
            if (folder.HasMosquitto)
                Console.WriteLine(told
                    ? "the running broker reads its access list again"
                    : "no broker of this folder is running; it reads its access list when it starts");
            return (int)ExitCode.Done;
        });
        return command;
    }

    /// <summary>The text of a request's file.</summary>
    internal static string Read(string path)
    {
        try
        {
            // One byte more than is looked at: what has no end, such as a device, is refused by its length as well.
            using var file = ForeignFile.OpenRead(path);
            var content = new byte[NodeRequest.MaxCharacters + 1];
            return Encoding.UTF8.GetString(content, 0, file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException(
                $"certificate request {path}: can't be read ({e.Message.TrimEnd('.')}); check --csr",
                ExitCode.BadUsage, e);
        }
    }
}
