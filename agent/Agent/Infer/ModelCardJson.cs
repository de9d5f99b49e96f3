using System.Text.Json;
using System.Text.Json.Serialization;
using Picket.Agent.Imaging;

namespace Picket.Agent.Infer;

/// <summary>Source-generated JSON of the cards; a field that is unknown or missing is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters =
    [
        typeof(JsonStringEnumConverter<ChannelOrder>),
        typeof(JsonStringEnumConverter<ResizeFilter>),
        typeof(JsonStringEnumConverter<DecoderKind>),
    ])]
[JsonSerializable(typeof(ModelCard))]
internal sealed partial class ModelCardJson : JsonSerializerContext;
