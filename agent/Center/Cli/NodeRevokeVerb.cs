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
            Shuts a node out: none of its certificates is accepted any more, its topics are gone, and its open connection ends at
            once. No other node is touched, nothing is restarted. Cut in between, it can simply be run again. The node goes on
            detecting and spooling; to let it in again, it has to be signed anew.

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
            var ended = await new NodeRevocation(folder, address, TimeProvider.System).Run(node, cancel);
            Console.WriteLine(ended
                ? $"node {node} is shut out, and its connection is ended"
                : $"node {node} is shut out; no broker of this folder is running, the list is read when one starts");
            return (int)ExitCode.Done;
        });
        return command;
    }
}
