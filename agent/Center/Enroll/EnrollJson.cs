using System.Text.Json.Serialization;

namespace Picket.Center.Enroll;

/// <summary>The JSON form of the node list; source-generated, camelCase.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(NodeEntry[]))]
internal sealed partial class EnrollJson : JsonSerializerContext;
