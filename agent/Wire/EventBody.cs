using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>The matter of a message; one optional part per kind, absent parts are not written.</summary>
public sealed record EventBody
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public FaceMatchBody? Face { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public CameraStateBody? CameraState { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public NodeGapBody? Gap { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public NodeHealthBody? Health { get; init; }
}
