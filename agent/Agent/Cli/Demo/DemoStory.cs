using System.Globalization;
using Picket.Agent.Plates;

namespace Picket.Agent.Cli.Demo;

/// <summary>
/// What a watcher is shown: one line for each happening. An alert appears at once; a vehicle on no list when it has left;
/// nothing for what only improves an earlier line. Lines are in the order in which the center got them, with its time;
/// late ones say so. Used by one thread at a time.
/// </summary>
internal sealed class DemoStory(TimeZoneInfo zone)
{
    /// <summary>A passage's end comes within minutes; the demo's own makes a dozen a minute.</summary>
    private const int MostOpen = 256;

    /// <summary>A shorter delay is the work of looking and reporting, not a wait.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(3);

    /// <summary>How long the node waits for a vehicle to come back before it reports that it has left.</summary>
    private static readonly TimeSpan VehicleMayReturn = new PlatePassagesOptions().RejoinWithin;

    private readonly Dictionary<Guid, DateTimeOffset> _since = [];
    private readonly HashSet<Guid> _hit = [];

    /// <summary>The line to show, or null.</summary>
    /// <param name="now">When the center printed it.</param>
    public (string Text, DemoTone Tone)? Tell(DemoAlert alert, DateTimeOffset now)
    {
        if (alert.Kind is "node.health" or "list.applied") return null;
        if (alert.Passage is not { } passage)
            return (Line(alert, now, $"{alert.Camera ?? "node",-9} {alert.Kind}"), Tone(alert.Kind));
        if (alert.Phase == "new" && _since.Count < MostOpen) _since[passage] = alert.At;
        if (alert.HitOf is { } read && _hit.Count < MostOpen) _hit.Add(read);
        switch (alert)
        {
            case { Phase: "new", Person: { } person }:
                return (Line(alert, now, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{alert.Camera,-9} PERSON {person}, similarity {alert.Similarity:F2} (needs {alert.Threshold:F2})")),
                    DemoTone.Alert);
            case { Phase: "new", Entry: { } entry, Plate: { } plate }:
                return (Line(alert, now, $"{alert.Camera,-9} PLATE {Masked(plate)}, on the list as '{entry}'"), DemoTone.Alert);
            case { Phase: "end", Plate: { } plate, Entry: null }:
                var isTold = _hit.Remove(passage);
                var stay = _since.Remove(passage, out var since) ? alert.At - since : TimeSpan.Zero;
                return isTold ? null
                    : (Line(alert, now, string.Create(
                        CultureInfo.InvariantCulture,
                        $"{alert.Camera,-9} read {Masked(plate)}, on no list, in view {stay.TotalSeconds:F1} s")),
                        DemoTone.Lesser);
            case { Phase: "end", Person: { } person }:
                var stayed = _since.Remove(passage, out var from) ? alert.At - from : TimeSpan.Zero;
                return (Line(alert, now, string.Create(
                    CultureInfo.InvariantCulture, $"{alert.Camera,-9} {person} left after {stayed.TotalSeconds:F1} s")), DemoTone.Lesser);
            case { Phase: "end" }:
                _since.Remove(passage);
                return null;
            default:
                return null;
        }
    }

    private static DemoTone Tone(string kind) => kind switch
    {
        "camera.down" or "node.gap" => DemoTone.Notice,
        "camera.up" => DemoTone.Good,
        _ => DemoTone.Plain,
    };

    private string Line(DemoAlert alert, DateTimeOffset now, string what)
    {
        var time = TimeZoneInfo.ConvertTime(now, zone).ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        var late = now - alert.At - (alert is { Phase: "end", Plate: not null } ? VehicleMayReturn : TimeSpan.Zero);
        return late < Late ? $"{time}  {what}"
            : string.Create(CultureInfo.InvariantCulture, $"{time}  {what}  [{late.TotalSeconds:F0} s late]");
    }

    /// <summary>No ordinary output shows a whole plate.</summary>
    private static string Masked(string plate) =>
        plate.Length <= 3 ? new string('*', plate.Length) : $"{plate[..2]}{new string('*', plate.Length - 3)}{plate[^1]}";
}
