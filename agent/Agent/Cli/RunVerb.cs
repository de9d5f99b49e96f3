using System.CommandLine;
using Microsoft.Extensions.Logging;
using Picket.Agent.Config;
using Picket.Agent.Link;
using Picket.Agent.Pipeline;

namespace Picket.Agent.Cli;

/// <summary><c>picket run</c>: the node itself.</summary>
internal static class RunVerb
{
    public static Command Create()
    {
        var file = new Option<string>("--config")
        {
            Description = "The node's configuration.",
            HelpName = "FILE",
            DefaultValueFactory = _ => "/etc/picket/picket.yaml",
        };
        var verb = new Command("run", """
            Runs the node until it is asked to end (Ctrl-C, SIGTERM or the end of its terminal).

            Example:
              picket run --config /etc/picket/picket.yaml
            """)
        { file };
        verb.SetAction(async (parsed, cancel) =>
        {
            var config = NodeName.Settle(ConfigLoader.Load(parsed.GetValue(file)!));
            using var logs = LoggerFactory.Create(logging => logging.AddStandardError());
            await new AgentRunner(config, TimeProvider.System, logs).RunAsync(cancel);
            return (int)ExitCode.Done;
        });
        return verb;
    }
}
