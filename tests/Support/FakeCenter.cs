using System.Collections.Concurrent;
using System.Text.Json;
using Picket.Mqtt;
using Picket.Wire;

namespace Picket.Tests.Support;

/// <summary>The least that a center is to a node: takes events and crops from the real broker, keeps each once,
/// acknowledges all.</summary>
internal sealed class FakeCenter : IAsyncDisposable
{
    private readonly MqttConnection _connection;
    private readonly ConcurrentDictionary<Guid, EventEnvelope> _events;
    private readonly ConcurrentDictionary<Guid, byte[]> _crops;
    private readonly ConcurrentDictionary<Guid, CropChunk?[]> _parts = new();
    private readonly Task _reading;
    private long _duplicates;

    private FakeCenter(MqttConnection connection, FakeCenter? previous)
    {
        _connection = connection;
        _events = previous?._events ?? new();
        _crops = previous?._crops ?? new();
        Order = previous?.Order ?? new();
        _reading = ReadAsync();
    }

    public IReadOnlyDictionary<Guid, EventEnvelope> Events => _events;

    public IReadOnlyDictionary<Guid, byte[]> Crops => _crops;

    /// <summary>Kinds in the order of their first arrival; a crop is written as null.</summary>
    public ConcurrentQueue<EventKind?> Order { get; }

    public long Duplicates => Interlocked.Read(ref _duplicates);

    /// <param name="previous">Whose store goes on: the same center after a restart.</param>
    public static async Task<FakeCenter> StartAsync(
        MosquittoBroker broker, TestPki pki, CancellationToken cancel, FakeCenter? previous = null)
    {
        var connection = await MqttConnection.ConnectAsync(
            new MqttOptions
            {
                Host = "localhost",
                Port = broker.Port,
                ClientId = MosquittoBroker.Center,
                CaFile = pki.CaFile,
                CertificateFile = pki.CertificateFile(MosquittoBroker.Center),
                KeyFile = pki.KeyFile(MosquittoBroker.Center),
                MaxReceived = 8192,
            },
            cancel);
        await connection.SubscribeAsync(Topics.AllEvents, 1, cancel);
        await connection.SubscribeAsync(Topics.AllCrops, 1, cancel);
        return new FakeCenter(connection, previous);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _reading;
    }

    private async Task ReadAsync()
    {
        await foreach (var message in _connection.Received.ReadAllAsync())
        {
            var isEvent = message.Topic.EndsWith("/event", StringComparison.Ordinal);
            var id = isEvent
                ? Take(WireJson.TryReadEvent(message.Payload, out _)!)
                : Take(WireJson.TryReadChunk(message.Payload, out _)!);
            if (id is null) continue;
            var node = Topics.NodeOf(message.Topic)!;
            var ack = JsonSerializer.SerializeToUtf8Bytes(new Ack(1, node, [id.Value]), WireJsonContext.Default.Ack);
            try
            {
                await _connection.PublishAsync(Topics.Ack(node), ack, 0, retain: false, CancellationToken.None);
            }
            catch (MqttException)
            {
                // The broker was killed: the node sends it again.
                return;
            }
        }
    }

    private Guid? Take(EventEnvelope e)
    {
        if (_events.TryAdd(e.Id, e)) Order.Enqueue(e.Kind);
        else Interlocked.Increment(ref _duplicates);
        return e.Id;
    }

    private Guid? Take(CropChunk chunk)
    {
        var parts = _parts.GetOrAdd(chunk.Id, _ => new CropChunk?[chunk.Count]);
        parts[chunk.Index] = chunk;
        if (parts.Contains(null)) return null;
        if (_crops.TryAdd(chunk.Id, parts.SelectMany(p => p!.Data).ToArray())) Order.Enqueue(null);
        return chunk.Id;
    }
}
