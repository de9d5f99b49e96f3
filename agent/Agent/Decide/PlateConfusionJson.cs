using System.Text.Json.Serialization;

namespace Picket.Agent.Decide;

/// <summary>The JSON form of <see cref="PlateConfusionTable"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(PlateConfusionTable))]
internal sealed partial class PlateConfusionJson : JsonSerializerContext;
