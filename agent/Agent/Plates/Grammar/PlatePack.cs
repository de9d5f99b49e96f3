using System.Text.Json;
using System.Text.Json.Serialization;

namespace Picket.Agent.Plates.Grammar;

/// <summary>A grammar pack as in its JSON file: the plate formats of one region. The fields are described in
/// <c>models/plates/regions/README.md</c>.</summary>
/// <param name="Region">Code, e.g. <c>pk</c>; also the file's name.</param>
/// <param name="Includes">Codes of packs that are active with this one.</param>
/// <param name="Letters">What <c>L</c> accepts at no cost.</param>
/// <param name="RareLetters">What <c>L</c> accepts at a cost.</param>
/// <param name="Words">Lists that patterns refer to with <c>@</c>.</param>
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

/// <summary>One format of a pack's file.</summary>
/// <param name="Pattern">See <see cref="PlatePattern"/>.</param>
/// <param name="Weight">Frequency relative to the pack's other formats; above 0.</param>
/// <param name="Letters">Replaces the pack's letters; those of the pack that are missing here become rare.</param>
internal sealed record PlatePackFormat(string Pattern, double Weight, string Name, string? Letters = null);

/// <summary>Source-generated JSON of the grammar packs; an unknown or missing field is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PlatePack))]
internal sealed partial class PlatePackJson : JsonSerializerContext;
