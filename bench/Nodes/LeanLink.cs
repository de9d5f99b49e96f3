using System.Buffers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Picket.Agent.Link;
using Picket.Wire;

namespace Picket.Bench.Nodes;

/// <summary>The product's link over <see cref="LeanMqtt"/>.</summary>
internal sealed class LeanLink : ILink
{
    /// <summary>As the product's connection: what waits here is at most some hundred acks of 10 kB.</summary>
    private const int MaxWaiting = 256;

    private readonly CancellationTokenSource _ending = new();
    private readonly Channel<Ack> _acks = Channel.CreateBounded<Ack>(MaxWaiting);
    private readonly Channel<NodeCommand> _commands =
        Channel.CreateBounded<NodeCommand>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly LeanMqtt _connection;
    private readonly string _node;

    private LeanLink(LeanMqtt connection, string node)
    {
        (_connection, _node) = (connection, node);
        Closed = RunAsync();
    }

    public Task<string> Closed { get; }

    public static async Task<ILink> DialAsync(
        int port, string node, SslStreamCertificateContext certificate, X509ChainPolicy trust, CancellationToken cancel)
    {
        try
        {
            return new LeanLink(
                await LeanMqtt.ConnectAsync(port, node, certificate, trust, [Topics.Ack(node), Topics.Command(node)], cancel), node);
        }
        catch (IOException e)
        {
            throw new LinkException(e.Message, e);
        }
    }

    public Task<SendResult> SendEventAsync(ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        SendAsync(Topics.Event(_node), body, retain: false, cancel);

    public Task<SendResult> SendCropChunkAsync(Guid crop, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        throw new NotSupportedException("these nodes have no pictures");

    public Task SendStatusAsync(NodeStatus status, CancellationToken cancel) =>
        SendAsync(Topics.Status(_node), WireJson.Write(status), retain: true, cancel);

    public IAsyncEnumerable<Ack> ReadAcksAsync(CancellationToken cancel) => _acks.Reader.ReadAllAsync(cancel);

    public IAsyncEnumerable<NodeCommand> ReadCommandsAsync(CancellationToken cancel) => _commands.Reader.ReadAllAsync(cancel);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Closed;
        await _connection.DisposeAsync();
        _ending.Dispose();
    }

    private async Task<SendResult> SendAsync(string topic, ReadOnlyMemory<byte> body, bool retain, CancellationToken cancel)
    {
        try
        {
            // The reason codes of a PUBACK: MQTT 5.0, section 3.4.2.1.
            return await _connection.PublishAsync(topic, body, retain, cancel) switch
            {
                0x10 => SendResult.NobodyListens,
                >= 0x80 => SendResult.Refused,
                _ => SendResult.Taken,
            };
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw new LinkException(e.Message, e);
        }
    }

    private async Task<string> RunAsync()
    {
        string reason;
        try
        {
            await _connection.ReadAsync(TakeAsync, _ending.Token);
            reason = "ended";
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            reason = e.Message;
        }
        _acks.Writer.TryComplete();
        _commands.Writer.TryComplete();
        return reason;
    }

    private ValueTask TakeAsync(string topic, ReadOnlySequence<byte> payload)
    {
        var bytes = payload.ToArray();
        if (topic == Topics.Ack(_node) && WireJson.TryReadAck(bytes, out _) is { } ack) return _acks.Writer.WriteAsync(ack, _ending.Token);
        if (topic == Topics.Command(_node) && WireJson.TryReadCommand(bytes, out _) is { } command) _commands.Writer.TryWrite(command);
        return ValueTask.CompletedTask;
    }
}
