using System.Runtime.CompilerServices;
using Picket.Agent.Link;
using Picket.Wire;

namespace Picket.Tests.Support;

/// <summary>A link that loses, doubles and swaps what passes, both ways, by a seeded dice: what happens between a
/// broker's "taken" and the center.</summary>
/// <param name="inner">The real link; owned.</param>
/// <param name="rate">How likely each fault is, 0 to 1.</param>
internal sealed class FaultyLink(ILink inner, int seed, double rate) : ILink
{
    private readonly Lock _gate = new();
    private readonly Random _dice = new(seed);
    private Func<CancellationToken, Task<SendResult>>? _held;

    public Task<string> Closed => inner.Closed;

    public int Faults { get; private set; }

    public Task<SendResult> SendEventAsync(ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        PassAsync(c => inner.SendEventAsync(body, c), cancel);

    public Task<SendResult> SendCropChunkAsync(Guid crop, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        PassAsync(c => inner.SendCropChunkAsync(crop, body, c), cancel);

    public async IAsyncEnumerable<Ack> ReadAcksAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var ack in inner.ReadAcksAsync(cancel))
        {
            if (Throw()) continue;
            yield return ack;
            if (Throw()) yield return ack;
            if (Throw()) yield return ack with { Ids = [Guid.CreateVersion7()] };
        }
    }

    public IAsyncEnumerable<NodeCommand> ReadCommandsAsync(CancellationToken cancel) => inner.ReadCommandsAsync(cancel);

    public Task SendStatusAsync(NodeStatus status, CancellationToken cancel) => inner.SendStatusAsync(status, cancel);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async Task<SendResult> PassAsync(Func<CancellationToken, Task<SendResult>> send, CancellationToken cancel)
    {
        if (Throw()) return SendResult.Taken;
        if (Throw())
        {
            // Held until the next one has passed.
            lock (_gate) (_held, send) = (send, _held ?? (_ => Task.FromResult(SendResult.Taken)));
            return await send(cancel);
        }
        var result = await send(cancel);
        if (Throw()) await send(cancel);
        Func<CancellationToken, Task<SendResult>>? held;
        lock (_gate) (held, _held) = (_held, null);
        if (held is not null) await held(cancel);
        return result;
    }

    private bool Throw()
    {
        lock (_gate)
        {
            var isFault = _dice.NextDouble() < rate;
            if (isFault) Faults++;
            return isFault;
        }
    }
}
