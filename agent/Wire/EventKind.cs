using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>What a message tells; written on the wire by the names given here.</summary>
[JsonConverter(typeof(WireNameConverter<EventKind>))]
public enum EventKind
{
    [JsonStringEnumMemberName("face.match")] FaceMatch,
    [JsonStringEnumMemberName("plate.read")] PlateRead,
    [JsonStringEnumMemberName("plate.hit")] PlateHit,
    [JsonStringEnumMemberName("camera.down")] CameraDown,
    [JsonStringEnumMemberName("camera.up")] CameraUp,
    [JsonStringEnumMemberName("node.health")] NodeHealth,
    [JsonStringEnumMemberName("node.gap")] NodeGap,
    [JsonStringEnumMemberName("list.applied")] ListApplied,
}
