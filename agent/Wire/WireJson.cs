using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Picket.Wire;

/// <summary>Reads and writes everything that travels, within bounds.</summary>
/// <remarks>
/// The readers return null with the reason instead of throwing: what arrives is outside input, and a refusal is
/// normal.
/// </remarks>
public static class WireJson
{
    /// <summary>
    /// An event with 20 cameras' health is 4 kB; a message above this is refused before it is parsed.
    /// </summary>
    public const int MaxMessageBytes = 64 * 1024;

    /// <summary>Our own longest path, in a candidate of a plate, has 40 characters.</summary>
    internal const int MaxPathLength = 80;

    public static byte[] Write(EventEnvelope message) =>
        JsonSerializer.SerializeToUtf8Bytes(message, WireJsonContext.Default.EventEnvelope);

    public static byte[] Write(Ack message) =>
        JsonSerializer.SerializeToUtf8Bytes(message, WireJsonContext.Default.Ack);

    public static byte[] Write(CropChunk message) =>
        JsonSerializer.SerializeToUtf8Bytes(message, WireJsonContext.Default.CropChunk);

    public static byte[] Write(NodeStatus message) =>
        JsonSerializer.SerializeToUtf8Bytes(message, WireJsonContext.Default.NodeStatus);

    /// <exception cref="ArgumentException">It is over <see cref="NodeCommand.MaxBytes"/> or
    /// <see cref="NodeCommand.MaxRanges"/>; <see cref="NodeCommand.FittingRanges"/> always fit.</exception>
    public static byte[] Write(NodeCommand message)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(message, WireJsonContext.Default.NodeCommand);
        return json.Length <= NodeCommand.MaxBytes && !(message.Ranges?.Length > NodeCommand.MaxRanges)
            ? json
            : throw new ArgumentException(
                $"a command of {json.Length} bytes with {message.Ranges?.Length} ranges; give it fewer", nameof(message));
    }

    /// <summary>
    /// Reads a message; null with <paramref name="error"/> when it is too large, malformed, of a newer schema or holds
    /// an impossible value.
    /// </summary>
    public static EventEnvelope? TryReadEvent(ReadOnlySpan<byte> utf8, out string error)
    {
        var message = TryRead(utf8, WireJsonContext.Default.EventEnvelope, e => e.V, out error);
        if (message is null) return null;
        error = WireBounds.AreSound(message.Seq, message.Rev, message.Mono)
            ? Fault(message.Body) ?? ""
            : "a seq, rev or mono out of range";
        return error.Length == 0 ? message : null;
    }

    /// <summary>
    /// Reads a message of any kind except for its body, as far as the schema goes; null with <paramref name="error"/> as
    /// <see cref="TryReadEvent"/>.
    /// </summary>
    public static EventHeader? TryReadHeader(ReadOnlySpan<byte> utf8, out string error)
    {
        var header = TryRead(utf8, WireJsonContext.Default.EventHeader, e => e.V, out error);
        if (header is null) return null;
        if (!EventHeader.IsKindName(header.Kind)) error = "the kind is no name";
        else if (!WireBounds.AreSound(header.Seq, header.Rev, header.Mono)) error = "a seq, rev or mono out of range";
        return error.Length == 0 ? header : null;
    }

    /// <summary>
    /// Why no center takes this event from its own node, or null: this one rule judges what a node writes and what a center has
    /// read (<see cref="TryReadEvent"/>).
    /// </summary>
    public static string? FaultOf(EventEnvelope message)
    {
        if (message.Id == Guid.Empty || message.Epoch == Guid.Empty) return "has no id or no epoch";
        if (!WireBounds.AreSound(message.Seq, message.Rev, message.Mono)) return "has a seq, rev or mono out of range";
        if (message.Camera is { } camera && !Topics.IsName(camera))
            return "names its camera with a name that is not allowed";
        if (message.Passage is null != message.Phase is null)
            return "has a passage without a phase or a phase without a passage";
        if (message.Kind is EventKind.FaceMatch or EventKind.PlateRead or EventKind.PlateHit && message.Passage is null)
            return "is about an object and has no passage";
        return Fault(message.Body);
    }

    /// <summary>True for a message that names a schema of a later build: a center of that build can read it.</summary>
    public static bool IsOfLaterSchema(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1 || !reader.ValueTextEquals("v"u8))
                    continue;
                return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var version)
                    && version > EventEnvelope.SchemaVersion;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or a name that is no text (half a surrogate pair): of no schema.
            return false;
        }
        return false;
    }

    public static Ack? TryReadAck(ReadOnlySpan<byte> utf8, out string error)
    {
        var ack = TryRead(utf8, WireJsonContext.Default.Ack, a => a.V, out error);
        if (ack is null) return null;
        error = ack.Fault() ?? "";
        return error.Length == 0 ? ack : null;
    }

    /// <summary>Reads a command of any kind: the node decides which kinds it knows.</summary>
    public static NodeCommand? TryReadCommand(ReadOnlySpan<byte> utf8, out string error)
    {
        if (utf8.Length > NodeCommand.MaxBytes)
        {
            error = $"command of {utf8.Length} bytes, at most {NodeCommand.MaxBytes} are allowed";
            return null;
        }
        var command = TryRead(utf8, WireJsonContext.Default.NodeCommand, c => c.V, out error);
        if (command is null) return null;
        if (!EventHeader.IsKindName(command.Kind)) error = "the kind is no name";
        else if (command.Ranges is { Length: > NodeCommand.MaxRanges } many)
            error = $"command with {many.Length} ranges, at most {NodeCommand.MaxRanges} are allowed";
        else if (command.Ranges?.All(range => range.IsSound) == false) error = "a range of the command is none";
        return error.Length == 0 ? command : null;
    }

    /// <summary>Reads a node's status, including the single words of a last will and of earlier builds.</summary>
    public static NodeStatus? TryReadStatus(ReadOnlySpan<byte> utf8, out string error)
    {
        error = "";
        if (utf8.SequenceEqual("online"u8)) return new NodeStatus(EventEnvelope.SchemaVersion, true);
        if (utf8.SequenceEqual("offline"u8)) return new NodeStatus(EventEnvelope.SchemaVersion, false);
        var status = TryRead(utf8, WireJsonContext.Default.NodeStatus, s => s.V, out error);
        if (status?.Held is not { } held) return status;
        if (held.Length <= NodeStatus.MaxHeld && held.All(range => range.IsSound)) return status;
        error = "what the status says to be held is too much or impossible";
        return null;
    }

    public static CropChunk? TryReadChunk(ReadOnlySpan<byte> utf8, out string error)
    {
        var chunk = TryRead(utf8, WireJsonContext.Default.CropChunk, c => c.V, out error);
        if (chunk is null) return null;
        var isWithinBounds = chunk.Count is >= 1 and <= CropChunk.MaxCount
            && chunk.Index >= 0
            && chunk.Index < chunk.Count
            && chunk.Data.Length is >= 1 and <= CropChunk.MaxDataBytes;
        if (isWithinBounds) return chunk;
        error = $"crop chunk {chunk.Index} of {chunk.Count} with {chunk.Data.Length} bytes is out of bounds";
        return null;
    }

    /// <summary>
    /// What the types don't express: lengths of arrays, nulls in them, and numbers like 1e99, which are read as infinity
    /// and can't be written again.
    /// </summary>
    private static string? Fault(EventBody body)
    {
        if (body.Face is { } face)
        {
            if (face.Box.Length != 4 || !face.Box.All(float.IsFinite)) return "the face's box is not x, y, w, h";
            if (!WireBounds.IsCount(face.Frame)) return "a number of the face is out of range";
            if (!float.IsFinite(face.Similarity) || !float.IsFinite(face.Threshold) || !float.IsFinite(face.Quality))
                return "a number of the face is out of range";
        }
        if (body.Plate is { } plate && PlateFault(plate) is { } plateFault) return plateFault;
        if (body.Hit is { } hit
            && !(float.IsFinite(hit.Score) && float.IsFinite(hit.Threshold) && double.IsFinite(hit.FalseHits)))
            return "a number of the hit is out of range";
        if (body.CameraState?.DownSeconds is { } down && !double.IsFinite(down)) return "downSeconds is out of range";
        if (body.Gap is { IsSound: false }) return "declares an impossible gap";
        return body.List?.Fault() ?? body.Health?.Fault();
    }

    private static string? PlateFault(PlateReadBody plate)
    {
        if (!IsPlate(plate.Text)) return "the plate's text is not A-Z and 0-9";
        if (plate.Characters.Length != plate.Text.Length || !plate.Characters.All(float.IsFinite))
            return "the plate's characters are not one number each";
        if (plate.Box.Length != 4 || !plate.Box.All(float.IsFinite)) return "the plate's box is not x, y, w, h";
        if (plate.Corners.Length != 8 || !plate.Corners.All(float.IsFinite)) return "the plate's corners are not 4 points";
        if (!float.IsFinite(plate.Confidence) || !WireBounds.IsCount(plate.Frame)) return "a number of the plate is out of range";
        if (plate.Models is not [not null, not null]) return "the plate's models are not two";
        var areCandidatesSound = plate.Candidates is null
            || (plate.Candidates.Length <= PlateReadBody.MaxCandidates
                && plate.Candidates.All(c => c is not null && IsPlate(c.Text) && float.IsFinite(c.Confidence)));
        return areCandidatesSound ? null : "the plate's candidates are too many or no plates";
    }

    private static bool IsPlate(string text) =>
        text.Length is >= 1 and <= PlateReadBody.MaxCharacters && text.All(c => c is (>= 'A' and <= 'Z') or (>= '0' and <= '9'));

    private static T? TryRead<T>(ReadOnlySpan<byte> utf8, JsonTypeInfo<T> type, Func<T, int> version, out string error)
        where T : class
    {
        error = "";
        if (utf8.Length > MaxMessageBytes)
        {
            error = $"message of {utf8.Length} bytes, at most {MaxMessageBytes} are allowed";
            return null;
        }
        try
        {
            var value = JsonSerializer.Deserialize(utf8, type);
            if (value is null) error = "message is null";
            else if (version(value) is < 1 or > EventEnvelope.SchemaVersion)
                error = $"schema version {version(value)}; this build reads up to {EventEnvelope.SchemaVersion}";
            else return value;
        }
        catch (JsonException e)
        {
            error = $"malformed message at byte {e.BytePositionInLine}: {PlainText.Of(e.Path, MaxPathLength)}";
        }
        return null;
    }
}

/// <summary>
/// A message without its matter, of whatever kind: what a center can read, store and acknowledge of the messages of a
/// later build.
/// </summary>
/// <remarks>The fields are those of <see cref="EventEnvelope"/>.</remarks>
/// <param name="Kind">Any name, see <see cref="IsKindName"/>.</param>
public sealed record EventHeader(
    int V,
    Guid Id,
    string Node,
    Guid Epoch,
    long Seq,
    DateTimeOffset At,
    long Mono,
    string Kind,
    string? Camera = null,
    Guid? Passage = null,
    PassagePhase? Phase = null,
    int Rev = 0)
{
    private const int MaxKindLength = 40;

    /// <summary>True for 1 to 40 of a-z, 0-9, '.' and '-': what is safe in a log line and on a page.</summary>
    public static bool IsKindName(string kind) =>
        kind.Length is >= 1 and <= MaxKindLength
        && kind.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '-');
}

/// <summary>
/// The source-generated JSON form of everything that travels: camelCase, bounded depth, no unknown nulls, no field
/// twice.
/// </summary>
/// <remarks>
/// A field given twice is refused because readers differ in which one they take: what is checked must be what is
/// stored.
/// </remarks>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    MaxDepth = 8,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(EventEnvelope))]
[JsonSerializable(typeof(EventHeader))]
[JsonSerializable(typeof(Ack))]
[JsonSerializable(typeof(CropChunk))]
[JsonSerializable(typeof(NodeCommand))]
[JsonSerializable(typeof(NodeStatus))]
[JsonSerializable(typeof(SpoolHeader))]
[JsonSerializable(typeof(SpoolSeal))]
[JsonSerializable(typeof(JoinRequest))]
[JsonSerializable(typeof(RenewRequest))]
[JsonSerializable(typeof(EnrollmentAnswer))]
public sealed partial class WireJsonContext : JsonSerializerContext;
