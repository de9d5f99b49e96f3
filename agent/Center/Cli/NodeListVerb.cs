using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Picket.Center.Enroll;
using Picket.Center.Store;
using Picket.Wire;
using Spectre.Console;

namespace Picket.Center.Cli;

/// <summary><c>picket-center node list</c>: who may connect, and what of their events is lost or still to
/// come.</summary>
internal static class NodeListVerb
{
    public static Command Create()
    {
        var state = StateOption.Create();
        var json = new Option<bool>("--json") { Description = "Write a JSON array instead of a table." };
        var database = DatabaseOptions.Create();
        var command = new Command(
            "list",
            """
            Lists the nodes that have a certificate of this site, with each one's events: lost are those that it declared lost,
            missing are those that never arrived and that it no longer holds, awaited are those that it still holds.

            Example:
              picket-center node list --state /var/lib/picket-center --json
            """)
        { state, json, database.Text, database.File };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(state);
            var nodes = NodeRegistry.Load(folder).Nodes;
            var stored = Stored(folder, database.Read(parsed));
            if (parsed.GetValue(json)) Console.WriteLine(Json(nodes, stored));
            else if (nodes.Count == 0)
                Console.WriteLine("no node has a certificate yet; sign one with: picket-center node sign");
            else AnsiConsole.Write(Table(nodes, stored));
            foreach (var line in Endings.OfNodes(folder, TimeProvider.System)) Console.Error.WriteLine($"picket-center: {line}");
            foreach (var node in nodes.Where(node => node.Leaving is true))
                Console.Error.WriteLine(
                    $"picket-center: node {node.Name}: its revocation did not finish, so it may still be connected; run it again: "
                        + $"picket-center node revoke {node.Name} --state {ShellText.Word(folder.Root)}");
            return (int)ExitCode.Done;
        });
        return command;
    }

    /// <summary>What the database knows of the nodes, by name; empty where there is none yet.</summary>
    private static Dictionary<string, NodeRow> Stored(StateFolder folder, PostgresAddress? postgres)
    {
        if (postgres is null && !File.Exists(folder.Database)) return [];
        try
        {
            using var store = CenterStore.Open(folder, postgres);
            return store.Reader.Nodes().ToDictionary(row => row.Node);
        }
        catch (PicketException e)
        {
            // Who may connect is known without it.
            Console.Error.WriteLine($"picket-center: {e.Message}");
            return [];
        }
    }

    private static string Json(IEnumerable<NodeEntry> nodes, Dictionary<string, NodeRow> stored)
    {
        var array = JsonSerializer.SerializeToNode(nodes.ToArray(), EnrollJson.Default.NodeEntryArray)!.AsArray();
        foreach (var node in array)
        {
            if ((bool?)node!["leaving"] == true) node["revoked"] = null;
            if (!stored.TryGetValue((string)node["name"]!, out var row)) continue;
            node["lastReceivedAt"] = UnixMicroseconds.ToMoment(row.LastReceivedAt);
            node["pending"] = row.Pending;
            node["lost"] = row.Lost;
            node["unknownGaps"] = row.UnknownGaps;
            node["conflicts"] = row.Conflicts;
            node["missing"] = row.Missing;
            node["awaited"] = row.Awaited;
        }
        return array.ToJsonString(EnrollJson.Default.Options);
    }

    private static Table Table(IEnumerable<NodeEntry> nodes, Dictionary<string, NodeRow> stored)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("node", "signed", "expires", "revoked", "lost", "missing", "awaited", "conflicts");
        foreach (var node in nodes)
        {
            var row = stored.GetValueOrDefault(node.Name);
            table.AddRow(
                node.Name, $"{node.SignedAt:yyyy-MM-dd}", $"{node.NotAfter:yyyy-MM-dd}",
                node.Leaving is true ? "not finished" : $"{node.Revoked:yyyy-MM-dd}",
                row is null ? "" : $"{row.Lost}{(row.UnknownGaps > 0 ? "+?" : "")}", $"{row?.Missing}",
                $"{row?.Awaited}", $"{row?.Conflicts}");
        }
        return table;
    }
}
