using System.Globalization;
using System.Text.Json;
using Picket.Wire;

namespace Picket.Center.Receive;

/// <summary>Writes newly stored events to standard output: a line each for people, or one JSON object a line.</summary>
internal sealed class AlertPrinter(TextWriter output, bool json, TimeProvider time)
{
    /// <summary>For people, updates of a passage and health reports are left out: they would bury the alerts.</summary>
    public void Print(IEnumerable<EventEnvelope> events)
    {
        foreach (var envelope in events)
        {
            var line = json
                ? JsonSerializer.Serialize(envelope, WireJsonContext.Default.EventEnvelope)
                : Line(envelope);
            if (line is not null) output.WriteLine(line);
        }
        output.Flush();
    }

    private string? Line(EventEnvelope envelope)
    {
        var what = envelope switch
        {
            { Kind: EventKind.FaceMatch, Phase: PassagePhase.New, Body.Face: { } face } => "ALERT  " + Describe(face),
            { Kind: EventKind.FaceMatch, Phase: PassagePhase.End, Body.Face: { } face } =>
                $"left   {Describe(face)} ({Plain.Text(face.Reason ?? "left")})",
            { Kind: EventKind.CameraDown, Body.CameraState: { } state } => $"DOWN   {Plain.Text(state.Reason)}",
            { Kind: EventKind.CameraUp, Body.CameraState: { } state } => $"up     {Plain.Text(state.Reason)}",
            { Kind: EventKind.NodeGap, Body.Gap: { } gap } =>
                $"GAP    {Extent(gap)} events lost: {Plain.Text(gap.Reason)}",
            _ => null,
        };
        if (what is null) return null;
        var at = TimeZoneInfo.ConvertTime(envelope.At, time.LocalTimeZone);
        var place = envelope.Camera is { } camera ? $"{envelope.Node}/{camera}" : envelope.Node;
        return string.Create(CultureInfo.InvariantCulture, $"{at:HH:mm:ss}  {place,-24}  {what}");
    }

    private static string Extent(NodeGapBody gap) => EventCheck.IsOfUnknownExtent(gap)
        ? "unknown number of"
        : gap.Count.ToString(CultureInfo.InvariantCulture);

    private static string Describe(FaceMatchBody face) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Plain.Text(face.Person),-20}  similarity {face.Similarity:0.00} (threshold {face.Threshold:0.00})");
}
