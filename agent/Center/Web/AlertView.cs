using System.Text.Json;
using Picket.Center.Enroll;
using Picket.Center.Store;
using Picket.Wire;

namespace Picket.Center.Web;

/// <summary>A passage as the page shows it.</summary>
/// <param name="Key">The same for all changes of the passage.</param>
/// <param name="Change">Counts up over all passages; the stream's event id.</param>
/// <param name="Cursor">Where a page that follows this row begins.</param>
/// <param name="FirstAt">When it began by the node's clock, but no later than the center heard of it.</param>
/// <param name="LastAt">The time of its newest part.</param>
/// <param name="ReceivedAt">When the center first heard of it.</param>
/// <param name="Phase"><c>new</c>, <c>update</c> (in view) or <c>end</c> (left).</param>
/// <param name="Crop">The crop's id, or null while none is stored or if the visitor may not see it.</param>
/// <param name="Conflict">Its number belongs to another event: the node was set back to an earlier state, or copied.</param>
/// <param name="ClockDoubt">The node's clock is wrong: <paramref name="FirstAt"/> is when the center heard of it,
/// <paramref name="LastAt"/> what the node says.</param>
internal sealed record AlertView(
    string Key, long Change, string Cursor, string Node, string? Camera, string Kind,
    DateTimeOffset FirstAt, DateTimeOffset LastAt, DateTimeOffset ReceivedAt,
    string Phase, FaceMatchBody? Face, PlateReadBody? Plate, PlateHitBody? Hit, Guid? Crop,
    bool Conflict, bool ClockDoubt)
{
    public static AlertView From(PassageRow row, OperatorRole role)
    {
        var passage = new Guid(row.Passage, bigEndian: true);
        var body = role >= OperatorRole.Reviewer ? Body(row) : WithoutPictures(Body(row));
        return new AlertView(
            $"{row.Node}/{passage:D}",
            row.Change,
            $"{row.FirstAt}.{passage:N}",
            row.Node,
            row.Camera,
            row.Kind,
            UnixMicroseconds.ToMoment(row.FirstAt),
            UnixMicroseconds.ToMoment(row.LastAt),
            UnixMicroseconds.ToMoment(row.ReceivedAt),
            row.Phase,
            body.Face,
            body.Plate,
            body.Hit,
            row.Crop is { } crop && role >= OperatorRole.Reviewer ? new Guid(crop, bigEndian: true) : null,
            row.Conflict,
            row.Doubt);
    }

    /// <summary>What this build can show of the body: nothing for a kind from a later build, whose parts may have the names of
    /// ours but another form.</summary>
    private static EventBody Body(PassageRow row)
    {
        if (!WireNames.IsKnownKind(row.Kind)) return new EventBody();
        try
        {
            return JsonSerializer.Deserialize(row.Body, WireJsonContext.Default.EventBody) ?? new EventBody();
        }
        catch (JsonException)
        {
            // Kept by an earlier build that did not know the kind, so never checked: one row must not break the page.
            return new EventBody();
        }
    }

    private static EventBody WithoutPictures(EventBody body) => body with
    {
        Face = body.Face is { } face ? face with { Crop = null } : null,
        Plate = body.Plate is { } plate ? plate with { Crop = null } : null,
    };

    /// <summary>The place that <see cref="Cursor"/> names, or null if it is not a cursor.</summary>
    public static (long FirstAt, Guid Passage)? ReadCursor(string cursor)
    {
        var parts = cursor.Split('.');
        return parts.Length == 2 && long.TryParse(parts[0], out var firstAt)
            && Guid.TryParseExact(parts[1], "N", out var passage)
            ? (firstAt, passage)
            : null;
    }
}
