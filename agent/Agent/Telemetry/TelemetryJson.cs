using System.Text.Json.Serialization;

namespace Picket.Agent.Telemetry;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NodeSnapshot))]
internal sealed partial class TelemetryJson : JsonSerializerContext;
