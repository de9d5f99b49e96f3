using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>
/// The source-generated JSON form of everything that travels: camelCase, bounded depth, no unknown nulls, no field
/// twice.
/// </summary>
/// <remarks>
/// A field given twice is refused because readers differ in which one they take: what is checked must be what is
/// stored.
/// </remarks>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    MaxDepth = 8,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(EventEnvelope))]
[JsonSerializable(typeof(EventHeader))]
[JsonSerializable(typeof(Ack))]
[JsonSerializable(typeof(CropChunk))]
[JsonSerializable(typeof(NodeCommand))]
[JsonSerializable(typeof(NodeStatus))]
[JsonSerializable(typeof(SpoolHeader))]
[JsonSerializable(typeof(SpoolSeal))]
[JsonSerializable(typeof(JoinRequest))]
[JsonSerializable(typeof(RenewRequest))]
[JsonSerializable(typeof(EnrollmentAnswer))]
public sealed partial class WireJsonContext : JsonSerializerContext;
