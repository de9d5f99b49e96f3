using System.Globalization;
using System.Text.Json;
using Picket.Wire;

namespace Picket.Agent.Cli.Demo;

/// <summary>One line that the center printed for a message it stored for the first time.</summary>
internal sealed record DemoAlert(
    string? Camera,
    string Kind,
    string? Phase,
    Guid? Passage,
    string? Person,
    double Similarity,
    double Threshold,
    DateTimeOffset At)
{
    /// <summary>Reads a line of <c>picket-center run --json</c>; null when it is no event.</summary>
    public static DemoAlert? Parse(string line)
    {
        if (line.Length == 0 || line[0] != '{') return null;
        var message = WireJson.TryReadEvent(System.Text.Encoding.UTF8.GetBytes(line), out _);
        if (message is null) return null;
        var json = JsonSerializer.SerializeToElement(message, WireJsonContext.Default.EventEnvelope);
        var face = message.Body.Face;
        return new DemoAlert(
            message.Camera,
            json.GetProperty("kind").GetString()!,
            message.Phase?.ToString().ToLowerInvariant(),
            message.Passage,
            face?.Person,
            face?.Similarity ?? 0,
            face?.Threshold ?? 0,
            message.At);
    }

    public string Line(TimeZoneInfo zone)
    {
        var time = TimeZoneInfo.ConvertTime(At, zone).ToString("HH:mm:ss.f", CultureInfo.InvariantCulture);
        return Person is null
            ? $"{time}  {Camera ?? "node",-10} {Kind}"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{time}  {Camera,-10} {Person,-10} {Phase,-6} similarity {Similarity:F3} (from {Threshold:F3})");
    }
}
