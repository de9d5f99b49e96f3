using System.Text.Json.Serialization;

namespace Picket.Center.Web;

/// <summary>The JSON form of what the page asks for; source-generated, camelCase.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AlertView))]
[JsonSerializable(typeof(AlertView[]))]
[JsonSerializable(typeof(StatusView))]
[JsonSerializable(typeof(MeView))]
[JsonSerializable(typeof(NodeAccessView[]))]
[JsonSerializable(typeof(NodeAccessView))]
internal sealed partial class WebJson : JsonSerializerContext;
