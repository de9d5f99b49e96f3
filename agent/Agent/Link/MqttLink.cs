using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Picket.Agent.Config;
using Picket.Mqtt;
using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>The link over an MQTT broker.</summary>
internal sealed partial class MqttLink : ILink
{
    /// <summary>How long a goodbye may take on a line that may be dead.</summary>
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(1);

    private static readonly byte[] Online = "online"u8.ToArray();
    private static readonly byte[] Offline = "offline"u8.ToArray();

    /// <summary>Commands that wait for their reader, 4 kB each; the center asks again for what is dropped.</summary>
    private const int MaxCommands = 32;

    private readonly Channel<NodeCommand> _commands = Channel.CreateBounded<NodeCommand>(
        new BoundedChannelOptions(MaxCommands) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly MqttConnection _connection;
    private readonly string _node;
    private readonly ILogger _log;

    private MqttLink(MqttConnection connection, string node, ILogger log)
    {
        _connection = connection;
        _node = node;
        _log = log;
        Closed = ReasonAsync(connection);
    }

    public Task<string> Closed { get; }

    /// <summary>Connects, takes the center's acks, and shows the node as online (retained; its last will says
    /// offline).</summary>
    /// <exception cref="LinkException">The broker can't be reached, is not this site's, or refuses this
    /// node.</exception>
    public static async Task<ILink> DialAsync(
        EndpointConfig endpoint, string node, NodeIdentity identity, ILogger log, CancellationToken cancel)
    {
        var options = new MqttOptions
        {
            Host = endpoint.Host,
            Port = endpoint.Port,
            ClientId = node,
            CaFile = identity.CaFile,
            CertificateFile = identity.CertificateFile,
            KeyFile = identity.KeyFile,
            Will = new MqttWill(Topics.Status(node), Offline),
        };
        try
        {
            var connection = await MqttConnection.ConnectAsync(options, cancel);
            try
            {
                LogWelcome(log, options.Endpoint);
                // At QoS 0: a lost ack costs a resend, but at QoS 1 each ack would cost an answer up the line. Nothing waits for the
                // answer to another here: on a line by satellite each would take a second.
                var subscribed = connection.SubscribeAsync(Topics.Ack(node), 0, cancel);
                var shown = connection.PublishAsync(Topics.Status(node), Online, 1, retain: true, cancel);
                var commanded = connection.SubscribeAsync(Topics.Command(node), 1, cancel);
                await Task.WhenAll(subscribed, commanded, shown);
                var status = await shown;
                if (ResultOf(status) == SendResult.Refused)
                    throw new LinkException(
                        $"{options.Endpoint}: the broker's access list does not let {node} publish its "
                            + $"status ({status})");
                return new MqttLink(connection, node, log);
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        }
        catch (MqttException e)
        {
            throw new LinkException(e.Message, e);
        }
    }

    public Task<SendResult> SendEventAsync(ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        SendAsync(Topics.Event(_node), body, cancel);

    public Task<SendResult> SendCropChunkAsync(Guid crop, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        SendAsync(Topics.Crop(_node), body, cancel);

    public async IAsyncEnumerable<Ack> ReadAcksAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var message in _connection.Received.ReadAllAsync(cancel))
        {
            message.Acknowledge(); // a command that is lost here is asked again
            if (message.Topic == Topics.Command(_node))
            {
                TakeCommand(message.Payload);
                continue;
            }
            var ack = WireJson.TryReadAck(message.Payload, out var error);
            if (ack is null) LogBadAck(_log, error);
            else if (ack.Node != _node) LogBadAck(_log, $"it names the node {PlainText.Of(ack.Node, 63)}");
            else yield return ack;
        }
    }

    public async IAsyncEnumerable<NodeCommand> ReadCommandsAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var command in _commands.Reader.ReadAllAsync(cancel)) yield return command;
    }

    public async Task SendStatusAsync(NodeStatus status, CancellationToken cancel)
    {
        try
        {
            await _connection.PublishAsync(
                Topics.Status(_node), WireJson.Write(status), 1, retain: true, cancel);
        }
        catch (MqttException e)
        {
            throw new LinkException(e.Message, e);
        }
    }

    /// <summary>Shows the node as offline (an orderly end does not publish the last will) and ends the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(GoodbyeTimeout);
        try
        {
            await _connection.PublishAsync(
                Topics.Status(_node), Offline, 1, retain: true, limit.Token);
        }
        catch (Exception e) when (e is MqttException or OperationCanceledException)
        {
            LogNoGoodbye(_log, e.Message);
        }
        await _connection.DisposeAsync();
    }

    private void TakeCommand(byte[] payload)
    {
        if (WireJson.TryReadCommand(payload, out var error) is { } command) _commands.Writer.TryWrite(command);
        else LogBadCommand(_log, error);
    }

    private static async Task<string> ReasonAsync(MqttConnection connection) =>
        (await connection.Closed).Message;

    private async Task<SendResult> SendAsync(string topic, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        try
        {
            return ResultOf(
                await _connection.PublishAsync(topic, body, 1, retain: false, cancel));
        }
        catch (MqttException e)
        {
            throw new LinkException(e.Message, e);
        }
    }

    private static SendResult ResultOf(MqttReason reason) => reason switch
    {
        MqttReason.NoMatchingSubscribers => SendResult.NobodyListens,
        >= MqttReason.UnspecifiedError => SendResult.Refused,
        _ => SendResult.Taken,
    };

    [LoggerMessage(1301, LogLevel.Warning, "An ack is ignored: {Reason}")]
    private static partial void LogBadAck(ILogger log, string reason);

    [LoggerMessage(1304, LogLevel.Debug, "{Endpoint} has accepted this node")]
    private static partial void LogWelcome(ILogger log, string endpoint);

    [LoggerMessage(1303, LogLevel.Warning, "A command is ignored: {Reason}")]
    private static partial void LogBadCommand(ILogger log, string reason);

    [LoggerMessage(1302, LogLevel.Debug, "The link ended before the node could say goodbye: {Reason}")]
    private static partial void LogNoGoodbye(ILogger log, string reason);
}
