using System.Text;
using Picket.Center.Broker;
using Picket.Wire;

namespace Picket.Center.Enroll;

/// <summary>The text of the broker's files: mosquitto's configuration and its access list.</summary>
internal static class BrokerFiles
{
    /// <summary>The configuration of a private mosquitto 2.0 that knows the site's certificates and nothing
    /// else.</summary>
    /// <param name="user">The user who runs it: a mosquitto started by root would otherwise become user mosquitto before it
    /// reads the keys, which are not that user's.</param>
    public static string Configuration(StateFolder folder, string bind, int port, string user) => $"""
        # Written by `picket-center ca init`. The broker is transport only: what counts is in the nodes' outboxes and
        # in the center's database, and only the center's acknowledgment after its commit frees an outbox row.
        user {user}
        pid_file {folder.BrokerPid}
        persistence false

        listener {port} {bind}
        # 5,000 nodes twice, and some. Above the unit's limit on open files (16,384) strangers could make it run out of them.
        max_connections 12000
        tls_version tlsv1.3
        cafile {folder.BrokerCa}
        certfile {folder.BrokerCertificate}
        keyfile {folder.BrokerKey}
        # There from the start: a crlfile line added at a reload is ignored by mosquitto.
        crlfile {folder.BrokerRevoked}

        # No password anywhere. The certificate's CN is the user name and the client id, so that nobody can take
        # another's client id and throw him out.
        require_certificate true
        use_identity_as_username true
        use_username_as_clientid true
        allow_anonymous false
        acl_file {folder.BrokerAcl}

        # Small messages that somebody waits for.
        set_tcp_nodelay true
        # One outbox window of a busy node; more in flight only makes resends longer.
        max_inflight_messages 200
        # What may wait in memory for one slow reader, and what the center has not yet committed: ten seconds of a site of 5,000
        # nodes, and fewer than there are packet numbers (65,535). Beyond it mosquitto drops after its PUBACK; the outbox sends again.
        max_queued_messages 50000
        max_queued_bytes 67108864
        # Here the memory ends that messages take, and mosquitto disconnects who needs more, whoever that is. 512 MiB is one
        # full queue (64 MiB), 5,000 connections that each are in the middle of a largest message (320 MiB), and 128 MiB for
        # their state and statuses. A node can have three messages retained, one on each topic that it may write.
        memory_limit 536870912
        # No message is larger than 64 kB; 1 kB more for the packet's header, topic and properties.
        max_packet_size {WireJson.MaxMessageBytes + 1024}

        log_dest stderr
        log_timestamp_format %Y-%m-%dT%H:%M:%S
        log_type error
        log_type warning
        log_type notice
        log_type information

        """;

    /// <summary>The configuration of a site from before the broker had a folder of its own to write to, with that folder; null for
    /// one that needs no change.</summary>
    public static string? WithOwnFolder(StateFolder folder, string configuration)
    {
        var before = $"\npid_file {Path.Combine(folder.BrokerFolder, "mosquitto.pid")}\n";
        return configuration.Contains(before, StringComparison.Ordinal)
            ? configuration.Replace(before, $"\npid_file {folder.BrokerPid}\n", StringComparison.Ordinal)
            : null;
    }

    /// <summary>
    /// The access list, topic by topic: what <see cref="NodeRights"/> gives each node, and what the center needs. A topic keeps
    /// one retained message, so a node can have the broker keep three.
    /// </summary>
    public static string Acl(IEnumerable<string> nodes)
    {
        var text = new StringBuilder("# Written by picket-center from nodes.json; changes by hand are lost.\n");
        Grant(text, "center",
            read: [Topics.AllEvents, Topics.AllCrops, Topics.AllStatus],
            write: [Topics.Ack("+"), Topics.Command("+"), NodeRights.Lists]);
        Grant(text, Sweeper, read: [], write: [Topics.Event("+"), Topics.Crop("+"), Topics.Status("+")]);
        foreach (var node in nodes)
        {
            Grant(text, node, NodeRights.Reads(node), NodeRights.Writes(node));
        }
        return text.ToString();
    }

    /// <summary>The client that removes what a node left retained before it was shut out (<see cref="NodeRevocation"/>). No node
    /// has such a name.</summary>
    public const string Sweeper = "center.sweep";

    private static void Grant(StringBuilder text, string user, string[] read, string[] write)
    {
        text.Append($"\nuser {user}\n");
        foreach (var topic in read) text.Append($"topic read {topic}\n");
        foreach (var topic in write) text.Append($"topic write {topic}\n");
    }
}
