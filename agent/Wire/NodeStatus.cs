using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>The retained message on <c>.../status</c>: whether the node is there, and what it still holds.</summary>
/// <remarks>The last will is the single word <c>offline</c>, and a build before this one says <c>online</c> by a word as
/// well: <see cref="WireJson.TryReadStatus"/> reads both.</remarks>
/// <param name="Held">By epoch, newest first, at most <see cref="MaxHeld"/>; null when the node did not say.</param>
/// <param name="Run">Only in the first status of a connection, which says at least every number that the node has ever sent:
/// random, another one each time the node starts. Two that take turns are two machines with one name.</param>
/// <param name="At">What the node's clock showed.</param>
public sealed record NodeStatus(
    int V,
    bool Online,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] HeldRange[]? Held = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Run = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? At = null)
{
    /// <summary>A node begins a new epoch with a new outbox only: 16 are more than the files it keeps.</summary>
    public const int MaxHeld = 16;
}
