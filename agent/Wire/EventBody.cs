using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>
/// The matter of a message; one optional part per kind, absent parts are not written. <c>plate.hit</c> has two: the hit
/// and the read that it is about, so that an alert says all by itself.
/// </summary>
public sealed record EventBody
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public FaceMatchBody? Face { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public PlateReadBody? Plate { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public PlateHitBody? Hit { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public CameraStateBody? CameraState { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public NodeGapBody? Gap { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public NodeHealthBody? Health { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ListAppliedBody? List { get; init; }
}
