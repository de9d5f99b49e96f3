using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>The source-generated JSON form of everything that travels: camelCase, bounded depth, no unknown nulls.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 8, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(EventEnvelope))]
[JsonSerializable(typeof(Ack))]
[JsonSerializable(typeof(CropChunk))]
public sealed partial class WireJsonContext : JsonSerializerContext;
