namespace Picket.Mqtt;

/// <summary>Everything one <see cref="MqttConnection"/> needs to know before it is opened; immutable.</summary>
/// <remarks>There is no session that outlives the connection: a broker's queue is in its memory only, and while it
/// holds one for an absent reader it answers "delivered", which hides that nobody reads. What must not be lost stays in
/// the sender's own store.</remarks>
public sealed record MqttOptions
{
    public required string Host { get; init; }

    public int Port { get; init; } = 8883;

    /// <summary>The MQTT client id; brokers that take it from the certificate ignore it.</summary>
    public required string ClientId { get; init; }

    /// <summary>PEM file with the CA certificates that may sign the broker's certificate; no other CA is
    /// trusted.</summary>
    public required string CaFile { get; init; }

    /// <summary>PEM file with this client's certificate (and intermediates, if any).</summary>
    public required string CertificateFile { get; init; }

    /// <summary>PEM file with this client's private key, without a pass phrase.</summary>
    public required string KeyFile { get; init; }

    /// <summary>How long the line may be silent before a ping; it is given up after the same time without an answer. 10
    /// s shows a dead line after at most 20 s and costs 4 bytes plus TLS and TCP (about 110 bytes, 90 bit/s) each time.
    /// Whole seconds.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the first packet to the broker's welcome. 20 s, because 5,000 nodes that come back at once need 13
    /// s of handshakes.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>What the broker publishes, retained, when this connection ends without a goodbye; null for
    /// nothing.</summary>
    public MqttWill? Will { get; init; }

    /// <summary>Unacknowledged publishes; more of them wait in <see cref="MqttConnection.PublishAsync"/>. 256 x 64 kB
    /// (the largest message of the project) is 16 MB at worst.</summary>
    public int MaxInFlight { get; init; } = 256;

    /// <summary>Received messages that are not yet acknowledged: the broker is told (Receive Maximum), and holds the others back.
    /// mosquitto 2.0.11 does so only until the first of them is acknowledged, and then sends as many more for each; so twice as
    /// many wait for the reader, and more are dropped and counted. 2 x 1,024 x 64 kB is 128 MB at worst. At most
    /// 65,535.</summary>
    public int MaxReceived { get; init; } = 1024;

    /// <summary>A longer received message is dropped and counted.</summary>
    public int MaxReceivedBytes { get; init; } = 64 * 1024;

    /// <summary>More than this unacknowledged ends the connection: a broker can't make it hold more.</summary>
    public long MaxUnacknowledgedBytes => (long)MaxReceived * MaxReceivedBytes;

    /// <summary>A longer packet ends the connection: the broker is told (Maximum Packet Size). 1 kB for the header, the topic and
    /// properties, as the center's broker allows.</summary>
    public int MaxPacketBytes => MaxReceivedBytes + 1024;

    /// <summary>Measures how long the line has been silent.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The broker's address as people write it, for messages.</summary>
    public string Endpoint => $"{Host}:{Port}";
}

/// <summary>The last will: published by the broker, at QoS 1 and retained, when the connection ends without a
/// goodbye.</summary>
/// <param name="Payload">Lent until the connection is opened.</param>
public sealed record MqttWill(string Topic, ReadOnlyMemory<byte> Payload);
