using System.CommandLine;
using Picket.Center.Enroll;

namespace Picket.Center.Cli;

/// <summary><c>picket-center operator revoke</c>: shuts a person out of the console.</summary>
internal static class OperatorRevokeVerb
{
    public static Command Create()
    {
        var state = StateOption.Create();
        var name = new Argument<string>("NAME") { Description = "The person." };
        var command = new Command(
            "revoke",
            """
            Shuts a person out of the console, from the next request on; a page that is open ends. Nobody else is touched.

            Example:
              picket-center operator revoke anna --state /var/lib/picket-center
            """)
        { name, state };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(state);
            var who = parsed.GetRequiredValue(name);
            // Of a version that kept the prefix there may be one whose name has it.
            if (OperatorRegistry.Load(folder).Find(who) is null) who = OperatorEntry.NameOf(who);
            var wasIn = OperatorEnrollment.Revoke(folder, who, TimeProvider.System);
            Console.WriteLine(wasIn ? $"operator {who} is shut out" : $"operator {who} was shut out before");
            return (int)ExitCode.Done;
        });
        return command;
    }
}
