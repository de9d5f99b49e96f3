using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>Numbers of events of one epoch, both ends included.</summary>
public readonly record struct SeqRange(long From, long To)
{
    /// <summary>True for numbers that can have been assigned: 1 to <see cref="WireBounds.MaxNumber"/>, in order.</summary>
    [JsonIgnore]
    public bool IsSound => From >= 1 && To >= From && To <= WireBounds.MaxNumber;

    [JsonIgnore]
    public long Count => To - From + 1;
}

/// <summary>Numbers of events, both ends included, of the epoch in which they were assigned.</summary>
/// <param name="Epoch">As in <see cref="EventEnvelope.Epoch"/>.</param>
public readonly record struct EpochRange(Guid Epoch, long From, long To)
{
    /// <summary>As <see cref="SeqRange.IsSound"/>.</summary>
    [JsonIgnore]
    public bool IsSound => new SeqRange(From, To).IsSound;
}
