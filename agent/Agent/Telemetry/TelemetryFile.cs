using System.Text.Json;
using System.Text.Json.Serialization;

namespace Picket.Agent.Telemetry;

/// <summary>
/// The node's last snapshot in its state folder, for those who look at a running node from outside; replaced whole, so
/// that a reader never sees half of one.
/// </summary>
internal sealed class TelemetryFile(string stateFolder)
{
    public const string Name = "telemetry.json";
    private readonly string _path = Path.Combine(stateFolder, Name);

    /// <exception cref="IOException">The disk is full or not writable; the caller goes on without the file.</exception>
    public void Write(NodeSnapshot snapshot)
    {
        var partial = _path + ".partial";
        File.WriteAllBytes(partial, JsonSerializer.SerializeToUtf8Bytes(snapshot, TelemetryJson.Default.NodeSnapshot));
        File.Move(partial, _path, overwrite: true);
    }

    /// <summary>As <see cref="Read"/>; also null if it can't be read or is from another build.</summary>
    public static NodeSnapshot? TryRead(string stateFolder)
    {
        try
        {
            return Read(stateFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>The last snapshot, or null if there is none yet.</summary>
    public static NodeSnapshot? Read(string stateFolder)
    {
        var path = Path.Combine(stateFolder, Name);
        return File.Exists(path)
            ? JsonSerializer.Deserialize(File.ReadAllBytes(path), TelemetryJson.Default.NodeSnapshot)
            : null;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NodeSnapshot))]
internal sealed partial class TelemetryJson : JsonSerializerContext;
