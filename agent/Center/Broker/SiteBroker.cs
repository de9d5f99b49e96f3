using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using MQTTnet.Server;
using Picket.Center.Enroll;
using Picket.Center.Receive;
using Picket.Mqtt;
using Picket.Wire;

namespace Picket.Center.Broker;

/// <summary>The center's own broker: nodes connect to this process, and what they send goes to the inbox without a second
/// program.</summary>
/// <remarks>
/// MQTTnet's sessions behind a listener and guard of our own (<see cref="NodeListener"/>, <see cref="NodeConnection"/>): as shipped,
/// it bounds neither what a stranger nor what a node can make it hold. Nothing outlives a connection here: a node that connects
/// sends its status again, and the rest is in the nodes' outboxes. The node list is consulted at each step, so a node that is shut
/// out is out, and its open connection with it, as soon as the list says so.
/// </remarks>
internal sealed class SiteBroker : IAsyncDisposable
{
    private readonly BrokerLimits _limits;
    private readonly StateFolder _folder;
    private readonly BrokerIdentity _identity;
    private readonly NodeRoster _roster;
    private readonly NodeListener _listener;
    private readonly MqttServer _server;
    private readonly BrokerWords _words;
    private readonly ReceiveLanes _lanes;
    private readonly ConcurrentDictionary<string, NodeConnection> _nodes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, NodeRate> _rates = new(StringComparer.Ordinal);
    private readonly IPEndPoint _at;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private DateTime? _actsOn;

    private SiteBroker(
        StateFolder folder, IPEndPoint at, NodeRoster roster, BrokerLimits limits, ILogger log, TimeProvider time)
    {
        (_folder, _at, _roster, _limits, _log, _time) = (folder, at, roster, limits, log, time);
        _words = new BrokerWords(log, time);
        _lanes = new ReceiveLanes(log, time);
        _identity = new BrokerIdentity(folder, time);
        _listener = new NodeListener(at, limits, _identity, Open, LookAtList, log, time);
        var options = new MqttServerOptionsBuilder()
            .WithoutDefaultEndpoint()
            .WithDefaultCommunicationTimeout(limits.Introduction * 2) // the guard's own limit ends first, and says so
            .Build();
        _server = new MqttServer(options, [_listener], new Faults(_words));
        _server.ValidatingConnectionAsync += LetInAsync;
        _server.InterceptingSubscriptionAsync += SubscribeAsync;
        _server.InterceptingUnsubscriptionAsync += UnsubscribeAsync;
        _server.InterceptingPublishAsync += TakeWillAsync;
    }

    /// <summary>Opens the port; <see cref="RunAsync"/> serves it.</summary>
    /// <exception cref="PicketException">The port can't be had, or the site's files can't be read.</exception>
    public static SiteBroker Open(
        StateFolder folder, IPEndPoint at, NodeRoster roster, ILogger log, TimeProvider time, BrokerLimits limits)
    {
        var broker = new SiteBroker(folder, at, roster, limits, log, time);
        try
        {
            broker._listener.Listen();
            broker.LookAtList();
            return broker;
        }
        catch
        {
            broker._listener.Dispose();
            throw;
        }
    }

    /// <summary>Works until canceled.</summary>
    /// <exception cref="PicketException">The database can't be worked with any more.</exception>
    public async Task RunAsync(Inbox inbox, GapWatch gaps, CenterState state, CancellationToken cancel)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var storing = inbox.RunAsync(_lanes, ack => SendAsync(ack.Node, Topics.Ack(ack.Node), WireJson.Write(ack)), ended.Token);
        var watching = gaps.RunAsync(
            command => SendAsync(command.Node, Topics.Command(command.Node), WireJson.Write(command)), ended.Token);
        try
        {
            await _server.StartAsync();
            ReceiveLog.Connected(_log, $"of this center, at {_at}");
            state.SetConnected(true);
            await await Task.WhenAny(storing, watching);
        }
        finally
        {
            state.SetConnected(false);
            await ended.CancelAsync();
            try
            {
                await Task.WhenAll(storing, watching);
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
                // As asked; whatever else went wrong is already being thrown.
                cancel.ThrowIfCancellationRequested();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        SeenList.Remove(_folder);
        if (_server.IsStarted) await _server.StopAsync(new MqttServerStopOptions());
        _server.Dispose();
        _listener.Dispose();
        _identity.Dispose();
    }

    /// <summary>A node's newer connection replaces the older one: the node notices a cut line before the broker does, and must be
    /// able to get back in.</summary>
    private Task LetInAsync(ValidatingConnectionEventArgs asked)
    {
        var connection = (NodeConnection)asked.ChannelAdapter;
        var node = connection.Node;
        var rate = _rates.GetOrAdd(node, _ => new NodeRate(_limits, _time));
        (asked.ReasonCode, var reason) =
            asked.ProtocolVersion != MqttProtocolVersion.V500
                ? (MqttConnectReasonCode.UnsupportedProtocolVersion, "it does not speak MQTT 5")
            : !_roster.IsLetIn(node, connection.Serial)
                ? (MqttConnectReasonCode.NotAuthorized, "it is not on this site's list of nodes, or its certificate was revoked")
            : !rate.TakesConnect()
                ? (MqttConnectReasonCode.ConnectionRateExceeded, "it connects too often")
            : (MqttConnectReasonCode.Success, "");
        if (asked.ReasonCode != MqttConnectReasonCode.Success)
        {
            _words.Refused(node, reason);
            return Task.CompletedTask;
        }
        connection.LetIn(rate);
        _listener.LetIn(connection);
        _nodes[node] = connection;
        return Task.CompletedTask;
    }

    private Task SubscribeAsync(InterceptingSubscriptionEventArgs asked)
    {
        var topic = asked.TopicFilter.Topic;
        var isGranted = NodeRights.Reads(asked.ClientId).Contains(topic);
        asked.Response.ReasonCode = isGranted ? MqttSubscribeReasonCode.GrantedQoS0 : MqttSubscribeReasonCode.NotAuthorized;
        // The session keeps none of them: messages for a node are sent to its connection.
        asked.ProcessSubscription = false;
        if (isGranted && _nodes.TryGetValue(asked.ClientId, out var connection)) connection.Subscribe(topic);
        return Task.CompletedTask;
    }

    private Task UnsubscribeAsync(InterceptingUnsubscriptionEventArgs asked)
    {
        asked.Response.ReasonCode = MqttUnsubscribeReasonCode.Success; // the session, which keeps none, knows of none
        if (_nodes.TryGetValue(asked.ClientId, out var connection)) connection.Unsubscribe(asked.Topic);
        return Task.CompletedTask;
    }

    /// <summary>A connection's messages don't come this way, only the last will of one that has ended.</summary>
    private Task TakeWillAsync(InterceptingPublishEventArgs will)
    {
        will.ProcessPublish = false;
        var message = will.ApplicationMessage;
        if (NodeRights.Writes(will.ClientId).Contains(message.Topic))
            _lanes.Add(new MqttMessage(message.Topic, message.Payload.ToArray(), Retained: false));
        else
            _words.Refused(will.ClientId, "its last will is on a topic that it may not write");
        return Task.CompletedTask;
    }

    /// <summary>What is lost here is sent again: an ack when the node sends the event again, a command when it is due.</summary>
    private Task SendAsync(string node, string topic, byte[] payload)
    {
        if (_nodes.TryGetValue(node, out var connection)) connection.Send(topic, payload);
        return Task.CompletedTask;
    }

    private NodeConnection Open(Socket socket) => new(socket, _limits, _lanes.Add, OnCut, _time);

    private void OnCut(NodeConnection connection, string reason)
    {
        if (connection.IsIn) _words.Cut(connection.Node, reason);
        else _words.Stranger(connection.Address, reason);
    }

    /// <summary>Cuts off everyone whom a changed list, or another authority, no longer admits.</summary>
    private void LookAtList()
    {
        try
        {
            CutThoseOut();
        }
        catch (PicketException e)
        {
            _words.Fault(e.Message); // a verb is at work, or the disk is full: the next turn tries again
        }
    }

    private void CutThoseOut()
    {
        var isOther = _identity.Refresh();
        var writtenAt = _roster.WrittenAt;
        if (writtenAt == _actsOn && !isOther) return;
        foreach (var connection in _listener.Connections.Where(one => one.IsIn))
        {
            if (!_roster.IsLetIn(connection.Node, connection.Serial)
                || (isOther && !_identity.IsOurs(connection.ClientCertificate)))
                connection.Cut("it was revoked, or its authority has ended", MqttDisconnectReasonCode.NotAuthorized);
        }
        foreach (var node in _rates.Keys.Where(node => !_roster.IsOurs(node))) _rates.TryRemove(node, out _);
        if (writtenAt != _actsOn) SeenList.Write(_folder, writtenAt);
        _actsOn = writtenAt;
    }

    /// <summary>Logs faults inside the library, which it reports nowhere else.</summary>
    private sealed class Faults(BrokerWords words) : IMqttNetLogger
    {
        public bool IsEnabled => true;

        public void Publish(
            MqttNetLogLevel logLevel, string source, string message, object[] parameters, Exception exception)
        {
            if (logLevel == MqttNetLogLevel.Error && exception is not null && !NodeConnection.IsEnd(exception))
                words.Fault($"{source}: {exception.GetType().Name}: {exception.Message}");
        }
    }
}
