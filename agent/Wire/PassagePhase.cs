using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>Where in an object's passage a message stands.</summary>
[JsonConverter(typeof(WireNameConverter<PassagePhase>))]
public enum PassagePhase
{
    [JsonStringEnumMemberName("new")] New,
    [JsonStringEnumMemberName("update")] Update,
    [JsonStringEnumMemberName("end")] End,
}
