using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Picket.Wire;

/// <summary>Reads and writes everything that travels, within bounds.</summary>
public static class WireJson
{
    /// <summary>An event with 20 cameras' health is 4 kB; a message above this is refused before it is parsed.</summary>
    public const int MaxMessageBytes = 64 * 1024;

    public static byte[] Write(EventEnvelope message) => JsonSerializer.SerializeToUtf8Bytes(message, WireJsonContext.Default.EventEnvelope);
    public static byte[] Write(Ack message) => JsonSerializer.SerializeToUtf8Bytes(message, WireJsonContext.Default.Ack);
    public static byte[] Write(CropChunk message) => JsonSerializer.SerializeToUtf8Bytes(message, WireJsonContext.Default.CropChunk);

    /// <summary>Reads a message or returns null with <paramref name="error"/> when it is too large, malformed or of a newer schema.</summary>
    public static EventEnvelope? TryReadEvent(ReadOnlySpan<byte> utf8, out string error) => TryRead(utf8, WireJsonContext.Default.EventEnvelope, e => e.V, out error);

    public static Ack? TryReadAck(ReadOnlySpan<byte> utf8, out string error)
    {
        var ack = TryRead(utf8, WireJsonContext.Default.Ack, a => a.V, out error);
        if (ack is null || ack.Ids.Length <= Ack.MaxIds) return ack;
        error = $"ack names {ack.Ids.Length} ids, at most {Ack.MaxIds} are allowed";
        return null;
    }

    public static CropChunk? TryReadChunk(ReadOnlySpan<byte> utf8, out string error)
    {
        var chunk = TryRead(utf8, WireJsonContext.Default.CropChunk, c => c.V, out error);
        if (chunk is null) return null;
        if (chunk.Count is >= 1 and <= CropChunk.MaxCount && chunk.Index >= 0 && chunk.Index < chunk.Count && chunk.Data.Length <= CropChunk.MaxDataBytes) return chunk;
        error = $"crop chunk {chunk.Index} of {chunk.Count} with {chunk.Data.Length} bytes is out of bounds";
        return null;
    }

    private static T? TryRead<T>(ReadOnlySpan<byte> utf8, JsonTypeInfo<T> type, Func<T, int> version, out string error) where T : class
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
            else if (version(value) is < 1 or > EventEnvelope.SchemaVersion) error = $"schema version {version(value)}; this build reads up to {EventEnvelope.SchemaVersion}";
            else return value;
        }
        catch (JsonException e)
        {
            error = $"malformed message at byte {e.BytePositionInLine}: {e.Path}";
        }
        return null;
    }
}
