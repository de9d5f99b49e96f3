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
            Shuts a person out of the console from the next request on; an open page ends. Nobody else is affected.

            Example:
              picket-center operator revoke anna --state /var/lib/picket-center
            """)
        { name, state };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(state);
            var who = parsed.GetRequiredValue(name);
            // A version that kept the prefix may have left a name that has it.
            if (OperatorRegistry.Load(folder).Find(who) is null) who = OperatorEntry.NameOf(who);
            var wasIn = OperatorEnrollment.Revoke(folder, who, TimeProvider.System);
            Console.WriteLine(wasIn ? $"operator {who} is shut out" : $"operator {who} was already shut out");
            return (int)ExitCode.Done;
        });
        return command;
    }
}
