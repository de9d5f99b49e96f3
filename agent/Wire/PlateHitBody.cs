using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>A plate on a list was read; stands beside the <see cref="PlateReadBody"/> that it is about.</summary>
/// <param name="List">The list's name.</param>
/// <param name="Version">Which state of the list: the first 12 hexadecimal digits of its file's SHA-256.</param>
/// <param name="Entry">The id or note of the list's entry.</param>
/// <param name="Plate">The entry as it stands on the list, with <c>?</c> and <c>*</c> if it has them.</param>
/// <param name="Match">How it matched: <c>exact</c>, <c>wildcard</c> or <c>confusion</c>.</param>
/// <param name="Score">0 to 1, to three decimals: how likely the vehicle bears the entry's plate.</param>
/// <param name="Threshold">The score that the list accepts, computed from its size and the budget.</param>
/// <param name="FalseHits">The budget: false hits per passage of a vehicle that is not on the list, for the whole
/// list.</param>
/// <param name="Read">The passage of the <c>plate.read</c> events of the same vehicle.</param>
/// <param name="Priority">As on the list; left out when it says none.</param>
public sealed record PlateHitBody(
    string List,
    string Version,
    string Entry,
    string Plate,
    string Match,
    float Score,
    float Threshold,
    double FalseHits,
    Guid Read,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Priority = null);
