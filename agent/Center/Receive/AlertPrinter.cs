using System.Globalization;
using System.Text.Json;
using Picket.Center.Store;
using Picket.Wire;

namespace Picket.Center.Receive;

/// <summary>Writes newly stored events to standard output: one line each for people, or one JSON object a line.</summary>
internal sealed class AlertPrinter(TextWriter output, bool json, TimeProvider time)
{
    private readonly LogThrottle _gaps = new(time);

    /// <summary>For people, updates of a passage, plates on no list and health reports are left
    /// out: they would bury the alerts.</summary>
    public void Print(IEnumerable<ReceivedEvent> events)
    {
        foreach (var received in events)
        {
            var line = json ? Json(received) : Line(received);
            if (line is not null) output.WriteLine(line);
        }
        output.Flush();
    }

    private static string Json(ReceivedEvent received) => received.Foreign is { } foreign
        ? foreign.Json
        : JsonSerializer.Serialize(received.Envelope, WireJsonContext.Default.EventEnvelope);

    private string? Line(ReceivedEvent received)
    {
        var envelope = received.Envelope;
        var what = envelope switch
        {
            _ when received.Foreign is { } foreign => $"other  {foreign.Name} (of a later build; kept)",
            { Kind: EventKind.FaceMatch, Phase: PassagePhase.New, Body.Face: { } face } => "ALERT  " + Describe(face),
            { Kind: EventKind.FaceMatch, Phase: PassagePhase.End, Body.Face: { } face } =>
                $"left   {Describe(face)} ({PlainText.Of(face.Reason ?? "left")})",
            { Kind: EventKind.PlateHit, Phase: PassagePhase.New, Body: { Hit: { } hit, Plate: { } plate } } =>
                "ALERT  " + Describe(hit, plate),
            { Kind: EventKind.PlateHit, Phase: PassagePhase.End, Body: { Hit: { } hit, Plate: { } plate } } =>
                $"left   {Describe(hit, plate)} ({PlainText.Of(plate.Reason ?? "left")})",
            { Kind: EventKind.CameraDown, Body.CameraState: { } state } => $"DOWN   {PlainText.Of(state.Reason)}",
            { Kind: EventKind.CameraUp, Body.CameraState: { } state } => $"up     {PlainText.Of(state.Reason)}",
            { Kind: EventKind.NodeGap, Body.Gap: { } gap } => Gap(envelope.Node, gap),
            { Kind: EventKind.ListApplied, Body.List: { Problem: { } problem } list } =>
                $"LIST   {PlainText.Of(list.List)} ({PlainText.Of(list.Of, 16)}), {list.Entries} entries"
                    + $"{(list.LastGood ? " of its last good copy" : "")}: {PlainText.Of(problem, 200)}",
            _ => null,
        };
        if (what is null) return null;
        var at = TimeZoneInfo.ConvertTime(envelope.At, time.LocalTimeZone);
        var place = envelope.Camera is { } camera ? $"{envelope.Node}/{camera}" : envelope.Node;
        // Another day than today's is printed too; it reveals a clock that was never set.
        var now = time.GetUtcNow();
        var isInDoubt = received.IsClockInDoubt
            || PassageChange.IsImpossible(UnixMicroseconds.From(envelope.At), UnixMicroseconds.From(now));
        var day = (now - envelope.At).Duration() > TimeSpan.FromHours(12) ? "yyyy-MM-dd HH:mm:ss" : "HH:mm:ss";
        var doubt = isInDoubt ? "  (the node's clock is wrong)" : "";
        var conflict = received.IsConflict ? "  (conflict: its number is another event's)" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{at.ToString(day, CultureInfo.InvariantCulture)}  {place,-24}  {what}{doubt}{conflict}");
    }

    /// <summary>Null for a gap that follows another one of its node too soon: the page shows the sum.</summary>
    private string? Gap(string node, NodeGapBody gap)
    {
        string? line = null;
        _gaps.Add(node, count =>
        {
            line = $"GAP    {Extent(gap)} events lost: {PlainText.Of(gap.Reason)}";
            if (count > 1) line += $" (the last of {count} such reports)";
        });
        return line;
    }

    private static string Extent(NodeGapBody gap) => gap.IsOfUnknownExtent
        ? "unknown number of"
        : gap.Count.ToString(CultureInfo.InvariantCulture);

    private static string Describe(PlateHitBody hit, PlateReadBody plate) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Masked(plate.Text),-20}  {PlainText.Of(hit.List)}: {PlainText.Of(hit.Entry)}, {PlainText.Of(hit.Match, 16)}, "
            + $"score {hit.Score:0.00} (threshold {hit.Threshold:0.00})");

    /// <summary>Standard output ends in a journal, where no full plate belongs; the entry says which one it is.</summary>
    private static string Masked(string plate) =>
        plate.Length <= 3 ? new string('*', plate.Length) : $"{plate[..2]}{new string('*', plate.Length - 3)}{plate[^1]}";

    private static string Describe(FaceMatchBody face) => string.Create(
        CultureInfo.InvariantCulture,
        $"{PlainText.Of(face.Person),-20}  similarity {face.Similarity:0.00} (threshold {face.Threshold:0.00})");
}
