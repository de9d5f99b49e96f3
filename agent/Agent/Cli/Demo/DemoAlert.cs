using System.Text.Json;
using Picket.Wire;

namespace Picket.Agent.Cli.Demo;

/// <summary>One line that the center printed for a message it stored for the first time.</summary>
/// <param name="HitOf">For a hit: the passage of the reads of the same vehicle.</param>
internal sealed record DemoAlert(
    string? Camera,
    string Kind,
    string? Phase,
    Guid? Passage,
    int Rev,
    string? Person,
    double Similarity,
    double Threshold,
    string? Plate,
    string? Entry,
    DateTimeOffset At,
    Guid? HitOf = null)
{
    /// <summary>What somebody must be alerted to: a person or a plate on a list.</summary>
    public bool IsAlarm => Person is not null || Entry is not null;

    /// <summary>Reads a line of <c>picket-center run --json</c>; null if it is not an event.</summary>
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
            message.Rev,
            face?.Person,
            face?.Similarity ?? 0,
            face?.Threshold ?? 0,
            message.Body.Plate?.Text,
            message.Body.Hit?.Entry,
            message.At,
            message.Body.Hit?.Read);
    }
}
