using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>The retained message on <c>.../status</c>: whether the node is there, and what it still holds.</summary>
/// <remarks>The last will is the single word <c>offline</c>, and an earlier build also says <c>online</c> with a single
/// word: <see cref="WireJson.TryReadStatus"/> reads both.</remarks>
/// <param name="Held">By epoch, newest first, at most <see cref="MaxHeld"/>; null when the node did not say.</param>
/// <param name="Run">Only in the first status of a connection, which says at least every number that the node has ever sent:
/// random, a new one each time the node starts. Two that take turns are two machines with one name.</param>
/// <param name="At">What the node's clock showed.</param>
public sealed record NodeStatus(
    int V,
    bool Online,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] HeldRange[]? Held = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Run = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? At = null)
{
    /// <summary>A node starts a new epoch only with a new outbox: 16 are more than the files it keeps.</summary>
    public const int MaxHeld = 16;
}

/// <summary>What a node's outbox still holds of one epoch: nothing below <paramref name="Low"/> can be had from it any
/// more.</summary>
/// <param name="Epoch">As in <see cref="EventEnvelope.Epoch"/>.</param>
/// <param name="Low">The lowest number that is still there; <paramref name="High"/> + 1 when there is none.</param>
/// <param name="High">The last number assigned, 0 before the first.</param>
public readonly record struct HeldRange(Guid Epoch, long Low, long High)
{
    internal bool IsSound => Low >= 1 && High >= 0 && Low - 1 <= High && High <= WireBounds.MaxNumber;
}
