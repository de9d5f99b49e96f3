using Picket.Center.Receive;
using Picket.Wire;

namespace Picket.Center.Broker;

/// <summary>How much of its resources the center's own broker gives to strangers and to nodes. Times are checked once a
/// second.</summary>
internal sealed record BrokerLimits
{
    /// <summary>Connections that have not sent CONNECT yet, in all: 40 kB each during the TLS handshake, so 80 MB. 5,000 nodes that
    /// come back at once get in within three attempts.</summary>
    public int Strangers { get; init; } = 2048;

    /// <summary>How many of them one address, or one /64 of IPv6, may have: half, so that whoever hogs them leaves the other half to
    /// others. Not less, because the nodes of a whole region may come through one address translator.</summary>
    public int StrangersPerAddress { get; init; } = 1024;

    /// <summary>From the first packet of TCP to CONNECT: five round trips, which take at most 15 s on the slowest line (a satellite's,
    /// 32 kbit/s) and behind 5,000 other handshakes. A connection that takes longer is cut.</summary>
    public TimeSpan Introduction { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>No message is larger than 64 kB; 1 kB more for the packet's header, topic and properties. A longer one is refused
    /// when its length is read, before memory is allocated for it.</summary>
    public int PacketBytes { get; init; } = WireJson.MaxMessageBytes + 1024;

    /// <summary>Name, last will (some 100 bytes) and properties; it is kept as long as the connection.</summary>
    public int ConnectBytes { get; init; } = 4096;

    /// <summary>Messages of one node that were read and not acknowledged to it yet. The node is told this limit (Receive Maximum)
    /// and cut if it sends more. One window of a busy node's line is 64 kB, about 90 messages.</summary>
    public ushort Unacknowledged { get; init; } = 200;

    /// <summary>Bytes of one node that wait to be stored: a window of its line, and what a lane takes in any case. While there are
    /// more, its connection is not read: with the last message read, 5,000 nodes take 640 MB if all are hostile at once.</summary>
    public long WaitingBytes { get; init; } = ReceiveLanes.MinShare;

    /// <summary>What waits for one node to read it. More is dropped: the node sends again what was not acknowledged, and the center
    /// what was not done.</summary>
    public int OutgoingBytes { get; init; } = 256 << 10;

    /// <summary>Answers to subscriptions and pings that one node has not read. An honest node waits for them one by one.</summary>
    public int UnreadAnswers { get; init; } = 16;

    /// <summary>How long a node may leave unread what waits for it. Its socket takes 64 kB, which a line of 32 kbit/s carries in
    /// 16 s.</summary>
    public TimeSpan Unread { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The longest keep-alive that a node may ask for; one that asks for more, or for none, is given this. After one and a
    /// half times that in silence, the line is dead.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What one node may send in the long run, and at once: its packed outbox of a week takes far less, and a tenth of a
    /// core reads it. Above that the connection is read more slowly; nothing is lost.</summary>
    public double PacketsPerSecond { get; init; } = 1000;

    /// <summary>As <see cref="PacketsPerSecond"/>, in bytes: 32 Mbit/s.</summary>
    public double BytesPerSecond { get; init; } = 4 << 20;

    /// <summary>How often one node may connect in the long run: a line that breaks every five seconds. Ten at once.</summary>
    public double ConnectsPerSecond { get; init; } = 0.2;

    /// <summary>Two for each topic that it may read.</summary>
    public int Filters { get; init; } = 6;

    /// <summary>How many bytes of a connection the kernel buffers in each direction.</summary>
    public int SocketBytes { get; init; } = 64 << 10;
}
