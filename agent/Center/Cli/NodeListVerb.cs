using System.CommandLine;
using System.Text.Json;
using Picket.Center.Enroll;
using Spectre.Console;

namespace Picket.Center.Cli;

/// <summary><c>picket-center node list</c>: who may connect.</summary>
internal static class NodeListVerb
{
    public static Command Create()
    {
        var state = StateOption.Create();
        var json = new Option<bool>("--json") { Description = "Write a JSON array instead of a table." };
        var command = new Command(
            "list",
            """
            Lists the nodes that have a certificate of this site.

            Example:
              picket-center node list --state /var/lib/picket-center --json
            """)
        { state, json };
        command.SetAction(parsed =>
        {
            var nodes = NodeRegistry.Load(parsed.GetRequiredValue(state)).Nodes;
            if (parsed.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(nodes.ToArray(), EnrollJson.Default.NodeEntryArray));
            else if (nodes.Count == 0)
                Console.WriteLine("no node is signed yet; sign one with: picket-center node sign");
            else AnsiConsole.Write(Table(nodes));
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static Table Table(IEnumerable<NodeEntry> nodes)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("node", "signed", "expires", "serial");
        foreach (var node in nodes)
            table.AddRow(node.Name, $"{node.SignedAt:yyyy-MM-dd}", $"{node.NotAfter:yyyy-MM-dd}", node.Serial);
        return table;
    }
}
