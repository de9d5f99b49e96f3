using System.Text;
using Picket.Wire;

namespace Picket.Center.Enroll;

/// <summary>The text of the broker's files: mosquitto's configuration and its access list.</summary>
internal static class BrokerFiles
{
    /// <summary>The configuration of a private mosquitto 2.0 that knows the site's certificates and nothing
    /// else.</summary>
    /// <param name="user">Who runs it: a mosquitto started by root would otherwise become user mosquitto before it
    /// reads the keys, which are not his.</param>
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
        # What may wait in memory for one slow reader. Beyond it mosquitto drops after its PUBACK; the outbox sends again.
        max_queued_messages 20000
        max_queued_bytes 67108864
        # A node gone bad can have messages retained on any number of crop topics; here the memory they take ends, and
        # mosquitto disconnects who needs more. 512 MiB is one full queue (64 MiB), 5,000 connections that each are in
        # the middle of a largest message (320 MiB), and 128 MiB for their state and statuses.
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

    /// <summary>
    /// The access list, topic by topic. A wildcard over a node's own prefix would let it forge its own acknowledgments,
    /// so it is granted three topics to write and three to read, and the center what it needs.
    /// </summary>
    public static string Acl(IEnumerable<string> nodes)
    {
        var text = new StringBuilder("# Written by picket-center from nodes.json; changes by hand are lost.\n");
        Grant(text, "center",
            read: [Topics.AllEvents, Topics.AllCrops, Topics.AllStatus],
            write: [Topics.Ack("+"), Topics.Command("+"), Lists]);
        foreach (var node in nodes)
        {
            Grant(text, node,
                read: [Topics.Ack(node), Topics.Command(node), Lists],
                write: [Topics.Event(node), $"{Topics.Root}/{node}/crop/+", Topics.Status(node)]);
        }
        return text.ToString();
    }

    private const string Lists = Topics.Root + "/list/+";

    private static void Grant(StringBuilder text, string user, string[] read, string[] write)
    {
        text.Append($"\nuser {user}\n");
        foreach (var topic in read) text.Append($"topic read {topic}\n");
        foreach (var topic in write) text.Append($"topic write {topic}\n");
    }
}
