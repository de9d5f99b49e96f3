namespace Picket.Wire;

/// <summary>
/// The center's word that messages are committed in its store; only this, never a PUBACK, frees a row of the outbox.
/// </summary>
/// <param name="Ids">Message ids, at most <see cref="MaxIds"/> of them.</param>
public sealed record Ack(int V, string Node, Guid[] Ids)
{
    /// <summary>256 ids are about 10 kB, a small MQTT message, and more than one window of events.</summary>
    public const int MaxIds = 256;
}
