using System.Collections.Concurrent;
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
    private readonly bool _packs;
    private long _duplicates;

    private FakeCenter(MqttConnection connection, FakeCenter? previous, bool packs)
    {
        _packs = packs;
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

    /// <summary>Called with the topic of each message and what is in it, before it is acknowledged.</summary>
    public Action<string, IReadOnlyList<ReadOnlyMemory<byte>>>? Received { get; set; }

    public long Duplicates => Interlocked.Read(ref _duplicates);

    /// <param name="previous">Whose store goes on: the same center after a restart.</param>
    /// <param name="packs">It reads packed messages, and says so.</param>
    /// <param name="host">Where it reaches the broker.</param>
    public static async Task<FakeCenter> StartAsync(
        MosquittoBroker broker, TestPki pki, CancellationToken cancel, FakeCenter? previous = null,
        bool packs = false, string host = "localhost")
    {
        var connection = await MqttConnection.ConnectAsync(
            new MqttOptions
            {
                Host = host,
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
        return new FakeCenter(connection, previous, packs);
    }

    /// <summary>As the center would say it on <paramref name="topic"/>.</summary>
    public Task PublishAsync(string topic, byte[] payload) =>
        _connection.PublishAsync(topic, payload, 1, retain: false, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _reading;
    }

    private async Task ReadAsync()
    {
        await foreach (var message in _connection.Received.ReadAllAsync())
        {
            var node = Topics.NodeOf(message.Topic)!;
            var taken = AckOf(node, message);
            message.Acknowledge();
            if (taken is not { } answer) continue;
            var ack = WireJson.Write(answer);
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

    private Ack? AckOf(string node, MqttMessage message)
    {
        var isPacked = PackedMessages.IsPacked(message.Payload);
        if (isPacked && !_packs) throw new InvalidOperationException("packed for a center that does not unpack");
        var parts = isPacked ? PackedMessages.TryRead(message.Payload, out _)! : [message.Payload];
        Received?.Invoke(message.Topic, parts);
        int? version = _packs ? PackedMessages.Version : null;
        if (!message.Topic.EndsWith("/event", StringComparison.Ordinal))
            return Take(WireJson.TryReadChunk(parts.Single().Span, out _)!) is { } crop
                ? new Ack(1, node, [crop], version)
                : null;
        var events = parts.Select(part => WireJson.TryReadEvent(part.Span, out _)!).ToArray();
        foreach (var e in events) Take(e);
        return isPacked
            ? Assert.Single(Ack.OfSeqs(node, events[0].Epoch, events.Select(e => e.Seq)))
            : new Ack(1, node, [events[0].Id], version);
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
        if (parts.Length != chunk.Count) _parts[chunk.Id] = parts = new CropChunk?[chunk.Count];
        parts[chunk.Index] = chunk;
        if (parts.Contains(null)) return null;
        if (_crops.TryAdd(chunk.Id, parts.SelectMany(p => p!.Data).ToArray())) Order.Enqueue(null);
        return chunk.Id;
    }
}
