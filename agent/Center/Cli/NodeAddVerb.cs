using System.CommandLine;
using Picket.Center.Enroll;

namespace Picket.Center.Cli;

/// <summary><c>picket-center node add</c>: makes a one-time code with which a machine joins.</summary>
internal static class NodeAddVerb
{
    /// <summary>A week: for a machine that is mounted next Monday. A code that lies around longer is found by others.</summary>
    private const int MaxHours = 168;

    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The node's name: 1 to 63 of a-z, 0-9 and '-'." };
        var state = StateOption.Create();
        var hours = new Option<int>("--hours")
        {
            Description = $"How many hours the code can be used, 1 to {MaxHours}.",
            HelpName = "N",
            DefaultValueFactory = _ => 24,
        };
        hours.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MaxHours) result.AddError($"--hours: must be 1 to {MaxHours}");
        });
        var command = new Command(
            "add",
            $"""
            Prints a one-time code with which a machine joins the site as node NAME, over the enrollment port of a running center.
            The code works once, and tells the machine which authority the right center has. Only its hash is kept here;
            {JoinCodes.MaxFailures} wrong codes for the name invalidate it. A new code for the same name replaces the previous one.

            Example:
              picket-center node add --state /var/lib/picket-center gate-1
              then on the node:  picket join https://center.line:8884 --state /var/lib/picket       (asks for the code)
            """)
        { name, state, hours };
        command.SetAction(async (parsed, cancel) =>
        {
            var node = parsed.GetRequiredValue(name);
            var folder = parsed.GetRequiredValue(state);
            var code = await Enrollment.AddNodeAsync(
                folder, node, TimeSpan.FromHours(parsed.GetValue(hours)), TimeProvider.System,
                cancel);
            Console.WriteLine(code.Reveal());
            var url = EnrollmentAddress.Url(folder);
            Console.Error.WriteLine(
                $"picket-center: on {node}, within {parsed.GetValue(hours)} h: "
                    + $"picket join {url ?? "https://CENTER:8884"} --state /var/lib/picket (it asks for the code)");
            if (url is null)
            {
                Console.Error.WriteLine(
                    "picket-center: no center has opened the enrollment port yet: picket-center run needs --enroll-port, and "
                        + "--enroll-bind with the address of the isolated line");
            }
            return (int)ExitCode.Done;
        });
        return command;
    }
}
