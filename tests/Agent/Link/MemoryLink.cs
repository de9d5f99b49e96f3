using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Picket.Agent.Link;
using Picket.Wire;

namespace Picket.Tests.Agent.Link;

/// <summary>A link without a line: takes everything, and acknowledges at once what it is told to.</summary>
/// <param name="isAcked">Asked with the id of each event, and of each crop whose last chunk comes, and how often that
/// came.</param>
internal sealed class MemoryLink(Func<Guid, int, bool> isAcked) : ILink
{
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<Ack> _acks = Channel.CreateUnbounded<Ack>();
    private readonly ConcurrentDictionary<Guid, int> _seen = new();

    /// <summary>What the center asks for; written by the test.</summary>
    public Channel<NodeCommand> Commands { get; } = Channel.CreateUnbounded<NodeCommand>();

    public ConcurrentQueue<NodeStatus> Statuses { get; } = new();

    /// <summary>What becomes of a chunk of a crop; all are taken at first.</summary>
    public Func<SendResult> AnswerToCrops { get; set; } = () => SendResult.Taken;

    public Task<string> Closed => _closed.Task;

    public Task<SendResult> SendEventAsync(ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        Take(WireJson.TryReadEvent(body.Span, out _)!.Id);

    public Task<SendResult> SendCropChunkAsync(Guid crop, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        AnswerToCrops() is var answer and not SendResult.Taken ? Task.FromResult(answer)
            : WireJson.TryReadChunk(body.Span, out _) is { } chunk && chunk.Index == chunk.Count - 1 ? Take(crop)
            : Task.FromResult(SendResult.Taken);

    public async IAsyncEnumerable<Ack> ReadAcksAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var ack in _acks.Reader.ReadAllAsync(cancel)) yield return ack;
    }

    public async IAsyncEnumerable<NodeCommand> ReadCommandsAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var command in Commands.Reader.ReadAllAsync(cancel)) yield return command;
    }

    public Task SendStatusAsync(NodeStatus status, CancellationToken cancel)
    {
        Statuses.Enqueue(status);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Commands.Writer.TryComplete();
        _closed.TrySetResult("disposed");
        _acks.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    /// <summary>The center acknowledges this now.</summary>
    public void Acknowledge(Guid id) => _acks.Writer.TryWrite(new Ack(EventEnvelope.SchemaVersion, "node-1", [id]));

    private Task<SendResult> Take(Guid id)
    {
        var times = _seen.AddOrUpdate(id, 1, (_, before) => before + 1);
        if (isAcked(id, times)) Acknowledge(id);
        return Task.FromResult(SendResult.Taken);
    }
}
