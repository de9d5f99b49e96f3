namespace Picket.Agent.Recognize;

/// <summary>A grammar pack as its JSON file says it: the plate formats of one region. The fields are described in
/// <c>models/plates/regions/README.md</c>.</summary>
/// <param name="Region">Code, e.g. <c>pk</c>; also the file's name.</param>
/// <param name="Includes">Codes of packs that are active with this one.</param>
/// <param name="Letters">What <c>L</c> takes at no cost.</param>
/// <param name="RareLetters">What <c>L</c> takes at a cost.</param>
/// <param name="Words">Lists that patterns name with <c>@</c>.</param>
/// <param name="Confusions">Cost by pair of characters.</param>
internal sealed record PlatePack(
    string Region,
    string Name,
    IReadOnlyList<string> Includes,
    string Letters,
    string RareLetters,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Words,
    IReadOnlyList<PlatePackFormat> Formats,
    IReadOnlyDictionary<string, float> Confusions);
