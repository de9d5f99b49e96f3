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
    int Rev,
    string? Person,
    double Similarity,
    double Threshold,
    string? Plate,
    string? Entry,
    DateTimeOffset At)
{
    /// <summary>What somebody is to be called for: a person or a plate on a list.</summary>
    public bool IsAlarm => Person is not null || Entry is not null;

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
            message.Rev,
            face?.Person,
            face?.Similarity ?? 0,
            face?.Threshold ?? 0,
            message.Body.Plate?.Text,
            message.Body.Hit?.Entry,
            message.At);
    }

    public string Line(TimeZoneInfo zone)
    {
        var time = TimeZoneInfo.ConvertTime(At, zone).ToString("HH:mm:ss.f", CultureInfo.InvariantCulture);
        if (Person is not null)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{time}  {Camera,-10} {Person,-10} {Phase,-6} similarity {Similarity:F3} (from {Threshold:F3})");
        }
        if (Plate is null) return $"{time}  {Camera ?? "node",-10} {Kind}";
        var listed = Entry is null ? "" : $" on the list: {Entry}";
        return $"{time}  {Camera,-10} {Masked(Plate),-10} {Phase,-6} {Kind}{listed}";
    }

    /// <summary>No ordinary output shows a whole plate.</summary>
    private static string Masked(string plate) =>
        plate.Length <= 3 ? new string('*', plate.Length) : $"{plate[..2]}{new string('*', plate.Length - 3)}{plate[^1]}";
}
