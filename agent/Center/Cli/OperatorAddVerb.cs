using System.CommandLine;
using Picket.Center.Enroll;

namespace Picket.Center.Cli;

/// <summary><c>picket-center operator add</c>: gives a person a certificate for the console.</summary>
internal static class OperatorAddVerb
{
    public static Command Create()
    {
        var state = StateOption.Create();
        var name = new Argument<string>("NAME") { Description = "The person: 1 to 60 of a-z, 0-9 and '-'." };
        var role = new Option<OperatorRole>("--role")
        {
            Description = "viewer: alerts as text. reviewer: pictures too, each look is logged. "
                + "administrator: nodes and their revocation too.",
            HelpName = "viewer|reviewer|administrator",
            Required = true,
        };
        role.AcceptOnlyFromAmong("viewer", "reviewer", "administrator");
        var request = new Option<string?>("--csr")
        {
            Description = "The request made on the person's own machine, which the key never leaves.",
            HelpName = "FILE",
        };
        var output = new Option<string?>("--out")
        {
            Description = "Where to write the certificate and the authority's, in PEM, with --csr.",
            HelpName = "FILE",
        };
        var pack = new Option<string?>("--pkcs12")
        {
            Description = "Instead of --csr: make the key here and write it with its certificate to FILE.",
            HelpName = "FILE",
        };
        var renew = new Option<bool>("--renew")
        {
            Description = "Give a person on the list another certificate or another role; the old certificate ends.",
        };
        var command = new Command(
            "add",
            """
            Gives a person a certificate for the console. One person, one certificate: the audit log names them.

            The better way, on the person's own machine, so that the key never travels:
              openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=op-anna -keyout anna.key -out anna.csr
              picket-center operator add anna --state /var/lib/picket-center --role reviewer --csr anna.csr --out anna.pem
              openssl pkcs12 -export -inkey anna.key -in anna.pem -out anna.p12        (and import anna.p12 into the browser)

            The convenient way:
              picket-center operator add anna --state /var/lib/picket-center --role reviewer --pkcs12 anna.p12
            The file is encrypted (AES-256) with a pass phrase of 100 bits that is printed here once and stored nowhere. Carry the file
            on a stick and tell the pass phrase by voice, never both the same way; whoever has both is that person to the console. Delete
            the file once it is imported.
            """)
        { name, state, role, request, output, pack, renew };
        command.Validators.Add(result =>
        {
            var signs = result.GetValue(request) is not null;
            if (signs == result.GetValue(pack) is not null) result.AddError("operator add takes either --csr or --pkcs12");
            else if (signs && result.GetValue(output) is null) result.AddError("--csr needs --out");
        });
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(state);
            var who = OperatorEntry.NameOf(parsed.GetRequiredValue(name));
            var what = parsed.GetRequiredValue(role);
            var again = parsed.GetValue(renew);
            var entry = parsed.GetValue(request) is { } csr
                ? Sign(folder, who, what, csr, parsed.GetValue(output)!, again)
                : Pack(folder, who, what, parsed.GetValue(pack)!, again);
            Console.WriteLine(
                $"operator {entry.Name} ({what.ToString().ToLowerInvariant()}) until {entry.NotAfter:yyyy-MM-dd}, "
                    + $"serial {entry.Serial}");
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static OperatorEntry Sign(
        StateFolder folder, string name, OperatorRole role, string request, string output, bool renew)
    {
        var (bundle, entry) = OperatorEnrollment.Sign(
            folder, name, role, NodeSignVerb.Read(request), request, renew, TimeProvider.System);
        PrivateFiles.Write(Path.GetFullPath(output), bundle);
        return entry;
    }

    private static OperatorEntry Pack(StateFolder folder, string name, OperatorRole role, string output, bool renew)
    {
        var (file, passPhrase, entry) = OperatorEnrollment.Pack(folder, name, role, renew, TimeProvider.System);
        PrivateFiles.Write(Path.GetFullPath(output), file);
        Console.WriteLine($"pass phrase of {output}, shown only once: {passPhrase}");
        return entry;
    }
}
