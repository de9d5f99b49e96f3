using System.Text.Json.Serialization;

namespace Picket.Center.Enroll;

/// <summary>The JSON form of the node list and of the join codes; source-generated, camelCase.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(NodeEntry[]))]
[JsonSerializable(typeof(JoinCodeEntry[]))]
[JsonSerializable(typeof(OperatorEntry[]))]
internal sealed partial class EnrollJson : JsonSerializerContext;
