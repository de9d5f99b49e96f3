using System.Text.Json.Serialization;

namespace Picket.Agent.Cli.Demo;

/// <summary>The form of the truth files beside the clips.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<DemoPresence>))]
internal sealed partial class DemoTruthJson : JsonSerializerContext;
