using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>One connection to the center: it is open when made, and ends once. Members may be called from any
/// thread.</summary>
internal interface ILink : IAsyncDisposable
{
    /// <summary>Completes when the link has ended, with the reason; never fails.</summary>
    Task<string> Closed { get; }

    /// <summary>Sends one event; completes when its first hop has answered.</summary>
    /// <param name="body">The JSON of the envelope; lent until the task completes.</param>
    /// <exception cref="LinkException">The link ended first: the event may have arrived or not.</exception>
    Task<SendResult> SendEventAsync(ReadOnlyMemory<byte> body, CancellationToken cancel);

    /// <summary>Sends one chunk of a crop; the rest as with <see cref="SendEventAsync"/>.</summary>
    Task<SendResult> SendCropChunkAsync(Guid crop, ReadOnlyMemory<byte> body, CancellationToken cancel);

    /// <summary>The center's acks, until the link ends. For one reader.</summary>
    IAsyncEnumerable<Ack> ReadAcksAsync(CancellationToken cancel);

    /// <summary>The center's commands to this node, until the link ends; they come as long as
    /// <see cref="ReadAcksAsync"/> is read. For one reader.</summary>
    IAsyncEnumerable<NodeCommand> ReadCommandsAsync(CancellationToken cancel);

    /// <summary>Publishes the node's status, which replaces the previous one.</summary>
    /// <exception cref="LinkException">The link ended first.</exception>
    Task SendStatusAsync(NodeStatus status, CancellationToken cancel);
}

/// <summary>What became of one message on its first hop. None of these means that the center has stored it: only its
/// ack does.</summary>
internal enum SendResult
{
    /// <summary>On its way to the center.</summary>
    Taken,

    /// <summary>The center is absent; the message is gone.</summary>
    NobodyListens,

    /// <summary>This node may not send there; the message is gone.</summary>
    Refused,
}
