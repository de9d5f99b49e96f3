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
        CustomParser = result => new StateFolder(result.Tokens[0].Value),
    };
}
