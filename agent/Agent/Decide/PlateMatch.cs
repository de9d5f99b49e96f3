namespace Picket.Agent.Decide;

/// <summary>A list's entry that a reading matches.</summary>
/// <param name="List">The list's name.</param>
/// <param name="Version">Which state of the list.</param>
/// <param name="Entry">The entry's id or note.</param>
/// <param name="Plate">The entry's plate as it is looked for, with <c>?</c> and <c>*</c>.</param>
/// <param name="Kind">How it matched.</param>
/// <param name="Score">0..1: how likely the vehicle bears the entry's plate.</param>
/// <param name="Threshold">The score from which the list accepts such an entry.</param>
/// <param name="FalseHits">The list's budget: false hits per passage of a vehicle that is not on it.</param>
/// <param name="Priority">The entry's, 0 without one.</param>
internal sealed record PlateMatch(
    string List, string Version, string Entry, string Plate, PlateMatchKind Kind, float Score, float Threshold,
    double FalseHits, int Priority)
{
    /// <summary>Never the plate: a match may get into a log (a log holds no full plate).</summary>
    public override string ToString() => $"entry {Entry} of list {List}, {Kind}, score {Score:0.00}";
}
