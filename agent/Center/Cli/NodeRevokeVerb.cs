using System.CommandLine;
using Picket.Center.Audit;
using Picket.Center.Broker;
using Picket.Center.Enroll;

namespace Picket.Center.Cli;

/// <summary><c>picket-center node revoke</c>: shuts a node out, now.</summary>
internal static class NodeRevokeVerb
{
    public static Command Create()
    {
        var state = StateOption.Create();
        var broker = BrokerOption.Create();
        var name = new Argument<string>("NAME") { Description = "The node." };
        var command = new Command(
            "revoke",
            """
            Shuts a node out: its certificates are no longer accepted, its topics are gone, and its open connection ends at once.
            No other node is touched, and nothing is restarted. If it is interrupted, simply run it again. The node goes on
            detecting and spooling; to let it in again, sign it again.

            Example:
              picket-center node revoke gate-1 --state /var/lib/picket-center
            """)
        { name, state, broker };
        command.SetAction(async (parsed, cancel) =>
        {
            var folder = parsed.GetRequiredValue(state);
            var node = parsed.GetRequiredValue(name);
            var address = BrokerOption.Read(parsed, broker);
            if (address is null && folder.HasMosquitto && SeenList.IsNow(folder) is null) address = BrokerPlace.Mosquitto(folder);
            NodeRevocation.RequireKnown(folder, node);
            new AuditLog(folder, TimeProvider.System).Put(AuditEntry.Local(AuditAct.RevokeNode, node));
            var ended = await new NodeRevocation(folder, address, TimeProvider.System).RunAsync(node, cancel);
            Console.WriteLine(ended
                ? $"node {node} is shut out, and its connection has ended"
                : $"node {node} is shut out; no broker of this folder is running; it reads the list when it starts");
            return (int)ExitCode.Done;
        });
        return command;
    }
}
