namespace Picket.Agent.Plates.Lists;

/// <summary>Where a list's columns are and what separates them, as its first line shows.</summary>
/// <remarks>
/// Spreadsheets write lists with commas, semicolons, tabs or bars, with or without a heading, and with columns in any
/// order. The first separator on the first line is the file's; a heading says which column is which. Without one they
/// are plate, note, last day, priority.
/// </remarks>
internal sealed class PlateListColumns
{
    /// <summary>A police station's spreadsheet has about 20; a file with more is of another kind.</summary>
    private const int Most = 64;

    private static readonly string[] Plates =
    [
        "plate", "plates", "plateno", "platenumber", "numberplate", "licenseplate", "licenceplate", "registration",
        "registrationno", "registrationnumber", "regno", "regnumber", "reg", "vrm", "vrn", "vehicle", "vehicleno",
        "vehiclenumber", "vehicleregistration", "kennzeichen", "matricula", "placa", "plaka", "targa",
    ];

    private static readonly string[] Notes =
        ["note", "notes", "id", "case", "caseno", "reason", "remark", "remarks", "comment", "description", "reference"];

    private static readonly string[] LastDays = ["until", "lastday", "expires", "expiry", "validuntil", "validto", "to"];

    private static readonly string[] Priorities = ["priority", "prio", "urgency"];

    private readonly int _plate;
    private readonly int _note;
    private readonly int _lastDay;
    private readonly int _priority;
    private readonly int _count;

    private PlateListColumns(char separator, int plate, int note, int lastDay, int priority, int count) =>
        (Separator, _plate, _note, _lastDay, _priority, _count) = (separator, plate, note, lastDay, priority, count);

    public char Separator { get; }

    /// <summary>Whether the first line is a heading and thus no entry.</summary>
    public bool HasHeading { get; private init; }

    public override string ToString() =>
        $"columns split at {Name(Separator)}, {(HasHeading ? "with a heading" : "without a heading")}";

    /// <summary>Determines the layout from the list's first line.</summary>
    public static PlateListColumns Of(string first)
    {
        var separator = FirstSeparator(first);
        var byPlace = new PlateListColumns(separator, 0, 1, 2, 3, 4);
        Span<Range> places = stackalloc Range[Most];
        var count = Math.Min(byPlace.Split(first, places), Most);
        if (count < 1) return byPlace;
        var heads = new string[count];
        for (var i = 0; i < count; i++) heads[i] = Head(Plain(Field(first, places[i])));
        int Find(string[] names) => Array.FindIndex(heads, head => names.Contains(head));
        var (plate, note, until, priority) = (Find(Plates), Find(Notes), Find(LastDays), Find(Priorities));
        // An unknown word for the plate next to known ones for other columns: 'Rego;note'.
        var isHeading = plate >= 0 || (count > 1 && (note > 0 || until > 0 || priority > 0) && !heads[0].Any(char.IsDigit));
        if (!isHeading) return byPlace;
        // Columns after the last one the heading names are where they would be without one.
        int At(int named, int place) => named < 0 && place >= count ? place : named;
        return new PlateListColumns(
            separator, Math.Max(plate, 0), At(note, byPlace._note), At(until, byPlace._lastDay),
            At(priority, byPlace._priority), Math.Max(count, byPlace._count))
        { HasHeading = true };
    }

    /// <summary>Splits a line into the four fields, unquoted; empty for a missing column. False with the
    /// <paramref name="fault"/>.</summary>
    public bool TryCut(string line, out PlateListFields fields, out string fault)
    {
        fields = default;
        Span<Range> places = stackalloc Range[Most];
        var count = Split(line, places);
        fault = count switch
        {
            < 0 => "an unclosed quote",
            _ when count > _count && !IsEmptyFrom(line, places[_count..Math.Min(count, Most)]) =>
                $"more than {_count} columns{(HasHeading ? "" : " (plate,note,last day,priority)")}; put a note with "
                    + $"{Name(Separator)} in quotes",
            _ => "",
        };
        if (fault.Length > 0) return false;
        fields = new PlateListFields(
            Plain(At(line, places, count, _plate)), At(line, places, count, _note),
            Plain(At(line, places, count, _lastDay)), Plain(At(line, places, count, _priority)));
        return true;
    }

    /// <summary>Whether <paramref name="line"/> ends inside quotes: the next line belongs to it.</summary>
    public bool IsOpen(string line)
    {
        Span<Range> places = stackalloc Range[Most];
        return Split(line, places) < 0;
    }

    public static string Name(char separator) => separator switch
    {
        '\t' => "tabs",
        ';' => "semicolons",
        '|' => "bars",
        _ => "commas",
    };

    private static char FirstSeparator(string line)
    {
        var isQuoted = false;
        foreach (var c in line)
        {
            if (c == '"') isQuoted = !isQuoted;
            else if (!isQuoted && c is ',' or ';' or '\t' or '|') return c;
        }
        return ',';
    }

    /// <summary>Finds the fields, quotes included; returns their number, which may exceed <see cref="Most"/>, or -1 for
    /// an unclosed quote.</summary>
    private int Split(ReadOnlySpan<char> line, Span<Range> places)
    {
        var (count, start, isQuoted) = (0, 0, false);
        for (var i = 0; i <= line.Length; i++)
        {
            if (i < line.Length && line[i] == '"') isQuoted = !isQuoted;
            if (i < line.Length && (isQuoted || line[i] != Separator)) continue;
            if (count < places.Length) places[count] = start..i;
            count++;
            start = i + 1;
        }
        return isQuoted ? -1 : count;
    }

    /// <summary>Spreadsheet rows end with the separators of empty columns.</summary>
    private static bool IsEmptyFrom(string line, ReadOnlySpan<Range> places)
    {
        foreach (var place in places)
            if (!line.AsSpan(place).IsWhiteSpace()) return false;
        return true;
    }

    private static string At(string line, ReadOnlySpan<Range> places, int count, int column) =>
        column >= 0 && column < count && column < places.Length ? Field(line, places[column]) : "";

    /// <summary>Without its quotes.</summary>
    private static string Field(string line, Range place)
    {
        var field = line.AsSpan(place).Trim();
        return field.Length < 2 || field[0] != '"' || field[^1] != '"'
            ? field.ToString()
            : field[1..^1].ToString().Replace("\"\"", "\"", StringComparison.Ordinal);
    }

    /// <summary>Without the <c>="..."</c> that spreadsheets use to keep text as text.</summary>
    private static string Plain(string field) =>
        field.Length > 3 && field.StartsWith("=\"", StringComparison.Ordinal) && field[^1] == '"' ? field[2..^1] : field;

    private static string Head(string field) => string.Concat(field.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}

/// <summary>One line's four fields; empty where there is nothing.</summary>
internal readonly record struct PlateListFields(string Plate, string Note, string LastDay, string Priority);
