using System.CommandLine;
using Picket.Center.Enroll;

namespace Picket.Center.Cli;

/// <summary>The option that every verb has: where the center keeps its state.</summary>
internal static class StateOption
{
    public static Option<StateFolder> Create() => new("--state")
    {
        Description = "The center's folder: keys, node list, broker files, database.",
        HelpName = "DIR",
        Required = true,
        CustomParser = result =>
        {
            var path = result.Tokens[0].Value;
            // The path goes into the broker's configuration, where a line break would begin another setting.
            if (path.Length > 0 && !path.Any(char.IsControl)) return new StateFolder(path);
            result.AddError("--state: not the name of a folder");
            return null;
        },
    };
}
