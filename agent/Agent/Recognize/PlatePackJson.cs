using System.Text.Json;
using System.Text.Json.Serialization;

namespace Picket.Agent.Recognize;

/// <summary>Source-generated JSON of the grammar packs; a field that is unknown or missing is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PlatePack))]
internal sealed partial class PlatePackJson : JsonSerializerContext;
