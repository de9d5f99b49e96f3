using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>Numbers of events, both ends included, of the epoch that they were given in.</summary>
/// <param name="Epoch">As in <see cref="EventEnvelope.Epoch"/>.</param>
public readonly record struct EpochRange(Guid Epoch, long From, long To)
{
    /// <summary>As <see cref="SeqRange.IsSound"/>.</summary>
    [JsonIgnore]
    public bool IsSound => new SeqRange(From, To).IsSound;
}
