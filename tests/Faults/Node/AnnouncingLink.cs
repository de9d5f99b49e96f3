using System.Runtime.CompilerServices;
using Picket.Agent.Link;
using Picket.Faults.Phases;
using Picket.Wire;

namespace Picket.Faults.Node;

/// <summary>Announces what passes a link: <c>publish+</c> when an event is given to it, <c>publish-</c> when the broker
/// has answered, <c>ack+</c> when an ack of the center has come.</summary>
/// <param name="inner">Owned.</param>
internal sealed class AnnouncingLink(ILink inner, Announcer announcer) : ILink
{
    public Task<string> Closed => inner.Closed;

    public async Task<SendResult> SendEventAsync(ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        announcer.Say("publish+", 1);
        try
        {
            return await inner.SendEventAsync(body, cancel);
        }
        finally
        {
            announcer.Say("publish-", 1);
        }
    }

    public Task<SendResult> SendCropChunkAsync(Guid crop, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        inner.SendCropChunkAsync(crop, body, cancel);

    public async IAsyncEnumerable<Ack> ReadAcksAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var ack in inner.ReadAcksAsync(cancel))
        {
            announcer.Say("ack+", 0, ack.Ids.Length);
            yield return ack;
        }
    }

    public IAsyncEnumerable<NodeCommand> ReadCommandsAsync(CancellationToken cancel) => inner.ReadCommandsAsync(cancel);

    public Task SendStatusAsync(NodeStatus status, CancellationToken cancel) => inner.SendStatusAsync(status, cancel);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
