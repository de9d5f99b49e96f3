using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>
/// One message from a node to the center: identity and order in the envelope, the matter in <see cref="Body"/>.
/// </summary>
/// <remarks>
/// All identity travels in the body, so that an MQTT 3.1.1 broker serves as well. Changes are additive only; <see
/// cref="V"/> names the schema.
/// </remarks>
public sealed record EventEnvelope
{
    /// <summary>The schema version this build writes.</summary>
    public const int SchemaVersion = 1;

    /// <summary>Must be in every message; a writer need not set it.</summary>
    [JsonRequired]
    public int V { get; init; } = SchemaVersion;

    /// <summary>
    /// UUIDv7, one per message, made once when the event is decided; the center stores a message once by it.
    /// </summary>
    public required Guid Id { get; init; }

    /// <summary>The node's name; the center checks it against the topic it arrived on.</summary>
    public required string Node { get; init; }

    /// <summary>The camera's name, or null for events of the node itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Camera { get; init; }

    /// <summary>New at each start of the node with a new outbox or an uncertain clock; UUIDv7.</summary>
    public required Guid Epoch { get; init; }

    /// <summary>1, 2, 3, ... within <see cref="Epoch"/>, assigned inside the outbox commit: without holes.</summary>
    public required long Seq { get; init; }

    /// <summary>UTC of the frame (or of the moment, for events without a frame).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>
    /// Nanoseconds of the monotonic clock since the epoch began: orders events when the wall clock was stepped.
    /// </summary>
    public required long Mono { get; init; }

    public required EventKind Kind { get; init; }

    /// <summary>UUIDv7, the same over one object's passage; null for events without one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? Passage { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PassagePhase? Phase { get; init; }

    /// <summary>Counts up from 0 within a passage; the center shows the highest.</summary>
    public int Rev { get; init; }

    public required EventBody Body { get; init; }
}

/// <summary>What a message reports; written on the wire with the names given here.</summary>
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

/// <summary>The point in an object's passage that a message marks.</summary>
[JsonConverter(typeof(WireNameConverter<PassagePhase>))]
public enum PassagePhase
{
    [JsonStringEnumMemberName("new")] New,
    [JsonStringEnumMemberName("update")] Update,
    [JsonStringEnumMemberName("end")] End,
}

/// <summary>
/// Reads and writes an enum by the names given on its members alone; numbers are refused, since they would admit values
/// that no build knows.
/// </summary>
internal sealed class WireNameConverter<T>() : JsonStringEnumConverter<T>(namingPolicy: null, allowIntegerValues: false)
    where T : struct, Enum;
