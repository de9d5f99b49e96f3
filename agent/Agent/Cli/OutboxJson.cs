using System.Text.Json.Serialization;
using Picket.Agent.Link;

namespace Picket.Agent.Cli;

/// <summary>The JSON of <c>picket outbox</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OutboxReport))]
[JsonSerializable(typeof(OutboxLine))]
[JsonSerializable(typeof(SpoolWritten))]
internal sealed partial class OutboxJson : JsonSerializerContext;
