namespace Picket.Wire;

/// <summary>What a node's outbox still holds of one epoch: what is below <paramref name="Low"/> nobody can get from it
/// any more.</summary>
/// <param name="Epoch">As in <see cref="EventEnvelope.Epoch"/>.</param>
/// <param name="Low">The lowest number that is still there; <paramref name="High"/> + 1 when there is none.</param>
/// <param name="High">The last number given, 0 before the first.</param>
public readonly record struct HeldRange(Guid Epoch, long Low, long High)
{
    internal bool IsSound => Low >= 1 && High >= 0 && Low - 1 <= High && High <= WireBounds.MaxNumber;
}
