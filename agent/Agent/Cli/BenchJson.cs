using System.Text.Json.Serialization;
using Picket.Agent.Link;

namespace Picket.Agent.Cli;

/// <summary>The JSON of <c>picket bench</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LineMeasurement))]
internal sealed partial class BenchJson : JsonSerializerContext;
