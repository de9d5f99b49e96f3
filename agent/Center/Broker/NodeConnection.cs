using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Adapter;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using Picket.Mqtt;
using Picket.Wire;

namespace Picket.Center.Broker;

/// <summary>One connection to the center's own broker, between the node and the library's session: what a node sends is bounded,
/// checked and handed over here, and the session sees only subscriptions, pings and the goodbye.</summary>
/// <remarks>
/// A message is acknowledged to the node when its <see cref="MqttMessage.Acknowledge"/> is called, in the order of these calls;
/// meanwhile the next ones are read, so that pings are answered even while the database is stalled. Until it is cut or disposed,
/// any thread may send.
/// </remarks>
/// <param name="deliver">Takes the messages that the node may send.</param>
/// <param name="onCut">Receives the reason why a connection is cut.</param>
internal sealed class NodeConnection(
    Socket socket, BrokerLimits limits, Action<MqttMessage> deliver, Action<NodeConnection, string> onCut, TimeProvider time)
    : IMqttChannelAdapter
{
    /// <summary>Small packets at first; a session's longest is an acknowledgment of 256 events.</summary>
    private const int FirstWriteBytes = 512;
    private const int MostKeptWriteBytes = 4096;

    private readonly NodeChannel _channel = new(socket, limits, time);
    private readonly Lock _gate = new();
    private readonly Queue<(MqttPacket Packet, int Bytes)> _outgoing = new();
    private readonly SemaphoreSlim _room = new(0, 1);
    private readonly long _acceptedAt = time.GetTimestamp();
    private MqttChannelAdapter? _packets;
    private X509Certificate2? _certificate;
    private HashSet<string> _mayWrite = [];
    private HashSet<string> _reads = [];
    private NodeRate? _rate;
    private TimeSpan _keepAlive;
    private long _waitingBytes;
    private int _outgoingBytes;
    private int _unacknowledged;
    private int _unreadAnswers;
    private int _isCut;
    private bool _isSending;

    /// <summary>The name in its certificate; empty before the handshake is done.</summary>
    public string Node { get; private set; } = "";

    /// <summary>The node's own address.</summary>
    public IPAddress Address { get; } = ((IPEndPoint)socket.RemoteEndPoint!).Address;

    /// <summary>Whether the node was let in.</summary>
    public bool IsIn => _rate is not null;

    /// <summary>Its certificate's; empty before the handshake is done. Readable even after the connection has ended.</summary>
    public string Serial { get; private set; } = "";

    /// <summary>Kept here, since TLS no longer returns it after the connection has ended.</summary>
    public X509Certificate2 ClientCertificate => _certificate ?? throw new InvalidOperationException("before the handshake");

    public EndPoint RemoteEndPoint => _channel.RemoteEndPoint;

    public EndPoint LocalEndPoint => _channel.LocalEndPoint;

    public bool IsSecureConnection => true;

    public MqttPacketFormatterAdapter PacketFormatterAdapter => Packets.PacketFormatterAdapter;

    public long BytesReceived => Packets.BytesReceived;

    public long BytesSent => Packets.BytesSent;

    private MqttChannelAdapter Packets => _packets ?? throw new InvalidOperationException("before the handshake");

    /// <summary>Does the handshake; then the node has a name.</summary>
    /// <exception cref="AuthenticationException">It has no certificate of this site, or speaks something other than TLS
    /// 1.3.</exception>
    public async Task AuthenticateAsync(SslServerAuthenticationOptions options, CancellationToken cancel)
    {
        await _channel.AuthenticateAsync(options, cancel);
        _certificate = _channel.ClientCertificate!;
        Node = _certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        Serial = _certificate.SerialNumber;
        _packets = new MqttChannelAdapter(
            _channel, new MqttPacketFormatterAdapter(new MqttBufferWriter(FirstWriteBytes, MostKeptWriteBytes)),
            MqttNetNullLogger.Instance)
        {
            // Header and payload in one TLS record: that saves 22 bytes and a TCP packet on a thin line.
            AllowPacketFragmentation = false,
        };
    }

    /// <summary>Admits the node.</summary>
    /// <param name="rate">What it has sent on its earlier connections.</param>
    public void LetIn(NodeRate rate)
    {
        _mayWrite = new(NodeRights.Writes(Node), StringComparer.Ordinal);
        _rate = rate;
    }

    /// <summary>From now on messages on this topic are sent to the node.</summary>
    public void Subscribe(string topic)
    {
        lock (_gate) _reads.Add(topic);
    }

    public void Unsubscribe(string topic)
    {
        lock (_gate) _reads.Remove(topic);
    }

    /// <summary>Sends a message to the node, if it has subscribed to it and reads what was sent before.</summary>
    /// <returns>False if it is dropped.</returns>
    public bool Send(string topic, byte[] payload)
    {
        lock (_gate)
        {
            if (!_reads.Contains(topic) || _outgoingBytes + payload.Length > limits.OutgoingBytes) return false;
            Post(new MqttPublishPacket { Topic = topic, PayloadSegment = new(payload) }, payload.Length);
            return true;
        }
    }

    public async Task<MqttPacket?> ReceivePacketAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var before = _channel.BytesRead;
            var packet = await ReceiveAsync(cancellationToken);
            if (packet is null) return null;
            // Only after it is read: the bytes are here in any case.
            if (_rate?.Take(_channel.BytesRead - before) is { Ticks: > 0 } pause) await Task.Delay(pause, time, cancellationToken);
            switch (packet)
            {
                case MqttPublishPacket publish when IsIn:
                    if (!await TakeAsync(publish, cancellationToken)) return null;
                    continue;
                case MqttConnectPacket connect when !IsIn:
                    Identify(connect);
                    return connect;
                case MqttSubscribePacket subscribe when IsIn && subscribe.TopicFilters.Count <= limits.Filters:
                    // For filters with mixed levels the library answers in another order than they were asked for. Everything is
                    // sent at level 0 in any case: the center itself sends again what is lost with the connection.
                    foreach (var filter in subscribe.TopicFilters) filter.QualityOfServiceLevel = MqttQualityOfServiceLevel.AtMostOnce;
                    if (!OwesAnswer()) return null;
                    return subscribe;
                case MqttUnsubscribePacket or MqttPingReqPacket when IsIn:
                    if (!OwesAnswer()) return null;
                    return packet;
                case MqttDisconnectPacket when IsIn:
                    return packet;
                default:
                    Cut($"a {packet.GetType().Name} that no node sends", MqttDisconnectReasonCode.ProtocolError);
                    return null;
            }
        }
    }

    public async Task SendPacketAsync(MqttPacket packet, CancellationToken cancellationToken)
    {
        if (packet is MqttDisconnectPacket)
        {
            Say(packet);
            return;
        }
        if (packet is MqttConnAckPacket welcome) Introduce(welcome);
        await Packets.SendPacketAsync(packet, cancellationToken);
        if (packet is MqttSubAckPacket or MqttUnsubAckPacket or MqttPingRespPacket) Interlocked.Decrement(ref _unreadAnswers);
    }

    /// <summary>Cuts it if it has kept the center waiting for too long.</summary>
    public void CutIfOverdue()
    {
        if (!IsIn && time.GetElapsedTime(_acceptedAt) > limits.Introduction)
            Cut("it does not say who it is", MqttDisconnectReasonCode.NotAuthorized);
        else if (IsIn && _channel.Silence > _keepAlive * 1.5)
            Cut("it has been silent for too long", MqttDisconnectReasonCode.KeepAliveTimeout);
        else if (_channel.Unread > limits.Unread)
            Cut("it does not read what is sent to it", MqttDisconnectReasonCode.QuotaExceeded);
    }

    /// <summary>Ends the connection at once. The node learns why if it reads.</summary>
    public void Cut(string reason, MqttDisconnectReasonCode code)
    {
        if (Interlocked.Exchange(ref _isCut, 1) != 0) return;
        onCut(this, reason);
        if (IsIn) Say(new MqttDisconnectPacket { ReasonCode = code });
        _channel.Close();
    }

    /// <summary>Ends the connection without a word.</summary>
    public void Close() => _channel.Close();

    public Task ConnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DisconnectAsync(CancellationToken cancellationToken) => _channel.DisconnectAsync(cancellationToken);

    public void ResetStatistics() => Packets.ResetStatistics();

    /// <summary>Ends the connection; what waits to be stored is stored all the same. Called by its reader, last of all.</summary>
    public void Dispose()
    {
        _packets?.Dispose();
        _channel.Dispose();
    }

    private async Task<MqttPacket?> ReceiveAsync(CancellationToken cancel)
    {
        try
        {
            return await Packets.ReceivePacketAsync(cancel);
        }
        catch (Exception e) when (_channel.Refusal is not null || !IsEnd(e))
        {
            // Whatever a foreign parser throws for hostile bytes, it ends only this connection.
            Cut(
                _channel.Refusal ?? $"what it sends is not a packet ({e.GetType().Name})",
                _channel.Refusal is null ? MqttDisconnectReasonCode.MalformedPacket : MqttDisconnectReasonCode.PacketTooLarge);
            return null;
        }
    }

    /// <summary>The certificate decides who it is, whatever it claims: nobody can take another's place.</summary>
    private void Identify(MqttConnectPacket connect)
    {
        var asked = TimeSpan.FromSeconds(connect.KeepAlivePeriod);
        _keepAlive = asked > TimeSpan.Zero && asked < limits.KeepAlive ? asked : limits.KeepAlive;
        connect.ClientId = Node;
        // The session sees only a few packets, so silence is detected here; and nothing outlives the connection.
        (connect.KeepAlivePeriod, connect.CleanSession, connect.SessionExpiryInterval, connect.WillDelayInterval) = (0, true, 0, 0);
    }

    /// <summary>The limits that the node must respect.</summary>
    private void Introduce(MqttConnAckPacket welcome)
    {
        welcome.ReceiveMaximum = limits.Unacknowledged;
        welcome.MaximumPacketSize = (uint)limits.PacketBytes;
        welcome.MaximumQoS = MqttQualityOfServiceLevel.AtLeastOnce;
        welcome.ServerKeepAlive = (ushort)_keepAlive.TotalSeconds;
        welcome.TopicAliasMaximum = 0;
        welcome.WildcardSubscriptionAvailable = false;
        welcome.SharedSubscriptionAvailable = false;
    }

    private bool OwesAnswer()
    {
        if (Interlocked.Increment(ref _unreadAnswers) <= limits.UnreadAnswers) return true;
        Cut($"it has not read {limits.UnreadAnswers} answers", MqttDisconnectReasonCode.QuotaExceeded);
        return false;
    }

    /// <summary>Hands a message over, or refuses it. False when the connection is cut.</summary>
    private async Task<bool> TakeAsync(MqttPublishPacket publish, CancellationToken cancel)
    {
        // Aliases would have to be kept, 65,535 of 64 kB, and so would the states of a higher level. CONNACK ruled out both.
        if (publish.TopicAlias != 0 || publish.QualityOfServiceLevel > MqttQualityOfServiceLevel.AtLeastOnce)
        {
            Cut("it uses what the CONNACK rules out", MqttDisconnectReasonCode.ProtocolError);
            return false;
        }
        if (Interlocked.Increment(ref _unacknowledged) > limits.Unacknowledged)
        {
            Cut(
                $"it does not wait for the acknowledgments of {limits.Unacknowledged} messages",
                MqttDisconnectReasonCode.ReceiveMaximumExceeded);
            return false;
        }
        if (!_mayWrite.Contains(publish.Topic))
        {
            Acknowledge(publish, MqttPubAckReasonCode.NotAuthorized);
            return true;
        }
        var bytes = (int)publish.Payload.Length;
        while (!HasRoom(bytes)) await _room.WaitAsync(cancel);
        Interlocked.Add(ref _waitingBytes, bytes);
        var payload = System.Buffers.BuffersExtensions.ToArray(publish.Payload);
        // A status is passed on as it arrives: nothing is kept here for later.
        var isKept = publish.Retain && publish.Topic != Topics.Status(Node);
        deliver(new MqttMessage(publish.Topic, payload, isKept, () => Stored(publish, bytes)));
        return true;
    }

    private bool HasRoom(int bytes)
    {
        var own = Interlocked.Read(ref _waitingBytes);
        return own == 0 || own + bytes <= limits.WaitingBytes;
    }

    private void Stored(MqttPublishPacket publish, int bytes)
    {
        Interlocked.Add(ref _waitingBytes, -bytes);
        lock (_gate)
        {
            if (_room.CurrentCount == 0) _room.Release();
        }
        Acknowledge(publish, MqttPubAckReasonCode.Success);
    }

    private void Acknowledge(MqttPublishPacket publish, MqttPubAckReasonCode reason)
    {
        if (publish.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtMostOnce) Interlocked.Decrement(ref _unacknowledged);
        else Post(new MqttPubAckPacket { PacketIdentifier = publish.PacketIdentifier, ReasonCode = reason }, 0);
    }

    private void Post(MqttPacket packet, int bytes)
    {
        lock (_gate)
        {
            _outgoing.Enqueue((packet, bytes));
            _outgoingBytes += bytes;
            if (_isSending) return;
            _isSending = true;
        }
        // Not on the thread that stores the events of all nodes.
        ThreadPool.UnsafeQueueUserWorkItem(self => _ = self.SendPostedAsync(), this, preferLocal: false);
    }

    private async Task SendPostedAsync()
    {
        try
        {
            while (NextPosted() is { } packet)
            {
                // Before it is written: the receiver may answer before this thread continues.
                if (packet is MqttPubAckPacket) Interlocked.Decrement(ref _unacknowledged);
                await Packets.SendPacketAsync(packet, CancellationToken.None);
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The connection's reader learns of its end, and _isSending stays set: nothing is written to it any more.
            return;
        }
    }

    private MqttPacket? NextPosted()
    {
        lock (_gate)
        {
            _isSending = _outgoing.TryDequeue(out var next);
            _outgoingBytes -= next.Bytes;
            return next.Packet;
        }
    }

    /// <summary>A last message: written if the socket takes it now; nobody waits for it.</summary>
    private void Say(MqttPacket packet)
    {
        if (_packets is { } packets && !_channel.IsWriting) _ = SayAsync(packets, packet);
    }

    private static async Task SayAsync(MqttChannelAdapter packets, MqttPacket packet)
    {
        try
        {
            await packets.SendPacketAsync(packet, CancellationToken.None);
        }
        catch (Exception e) when (IsEnd(e))
        {
            // It no longer listens, which is its own loss.
            return;
        }
    }

    /// <summary>Whether a call on a connection that has ended fails like this.</summary>
    internal static bool IsEnd(Exception e) =>
        e is MqttCommunicationException or OperationCanceledException or ObjectDisposedException or IOException or SocketException;
}
