using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Picket.Agent.Decide;

/// <summary>
/// Reads a plate list: a CSV file (RFC 4180, UTF-8) with a plate and, as far as wanted, its note or id, the last day on
/// which it is valid (2026-12-31) and a priority from 1 to 9 on each line.
/// </summary>
internal static class PlateListFile
{
    public const int MaxEntries = 100_000;

    /// <summary>Longer notes are cut: they travel with each hit.</summary>
    public const int MaxNoteLength = 64;

    /// <summary>100,000 lines of 160 bytes: a plate, a note of 100 characters, a date.</summary>
    private const int MaxBytes = 16 << 20;

    /// <summary>So many problems are told one by one; a file of another kind would have one a line.</summary>
    private const int MaxProblems = 20;

    private const int Columns = 4;

    /// <exception cref="PicketException">It can't be read, is too long, or has no usable line.</exception>
    public static (List<PlateListEntry> Entries, string Version, List<PlateListProblem> Problems) Read(string path)
    {
        var bytes = ReadBytes(path);
        var version = Convert.ToHexStringLower(SHA256.HashData(bytes))[..12];
        var entries = new List<PlateListEntry>();
        var problems = new List<PlateListProblem>();
        var known = new Dictionary<ulong, int>();
        var text = Encoding.UTF8.GetString(bytes.AsSpan(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? 3 : 0));
        var (number, wrong) = (0, 0);
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan(range).TrimEnd('\r');
            number++;
            if (line.IsWhiteSpace() || line[0] == '#' || (number == 1 && IsHeader(line))) continue;
            if (TryParse(line, out var entry, out var fault) && IsNew(entry, number, known, out fault))
            {
                if (entries.Count == MaxEntries)
                    throw new PicketException(
                        $"plate list {path}: more than {MaxEntries} plates; split it or leave out those that are over");
                entries.Add(entry);
            }
            else if (++wrong <= MaxProblems)
            {
                problems.Add(new PlateListProblem(path, number, fault));
            }
        }
        if (wrong > MaxProblems)
            problems.Add(new PlateListProblem(path, number, $"{wrong - MaxProblems} further lines could not be used"));
        if (entries.Count == 0)
        {
            var first = problems.Count > 0 ? $" (line {problems[0].Line}: {problems[0].Fault})" : "";
            throw new PicketException($"plate list {path}: has no usable line{first}; a line is plate,note,2026-12-31,1");
        }
        return (entries, version, problems);
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            return BoundedFile.ReadBytes(path, MaxBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException($"plate list {path}: cannot be read ({e.Message})", inner: e);
        }
    }

    private static bool IsHeader(ReadOnlySpan<char> line) =>
        line.StartsWith("plate", StringComparison.OrdinalIgnoreCase) && (line.Length == 5 || line[5] == ',');

    private static bool IsNew(in PlateListEntry entry, int line, Dictionary<ulong, int> known, out string fault)
    {
        fault = "";
        // Patterns are few; that one covers another does no harm.
        if (entry.Packed == 0 || known.TryAdd(entry.Packed, line)) return true;
        fault = $"the plate is on line {known[entry.Packed]} already";
        return false;
    }

    private static bool TryParse(ReadOnlySpan<char> line, out PlateListEntry entry, out string fault)
    {
        entry = default;
        Span<Range> places = stackalloc Range[Columns];
        var count = Fields(line, places, out fault);
        if (count < 0) return false;
        Span<char> plate = stackalloc char[PlateText.MaxLength];
        var length = PlateText.Normalize(Unquoted(line, places[0]), plate, out fault);
        if (length < 0 || !PlateWildcard.TryParse(plate[..length], out var pattern, out fault)) return false;

        var lastDay = int.MaxValue;
        if (count > 2 && Unquoted(line, places[2]) is { Length: > 0 } until)
        {
            if (!DateOnly.TryParseExact(until, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
                return Refuse("the last day must be a date such as 2026-12-31", out fault);
            lastDay = day.DayNumber;
        }
        byte priority = 0;
        if (count > 3 && Unquoted(line, places[3]) is { Length: > 0 } urgency
            && (!byte.TryParse(urgency, NumberStyles.None, CultureInfo.InvariantCulture, out priority)
                || priority is 0 or > 9))
            return Refuse("the priority must be 1 to 9", out fault);

        var note = count > 1 ? Unquoted(line, places[1]).ToString() : "";
        if (note.Length > MaxNoteLength) note = note[..(char.IsHighSurrogate(note[MaxNoteLength - 1]) ? MaxNoteLength - 1 : MaxNoteLength)];
        if (note.Any(char.IsControl)) return Refuse("the note has control characters", out fault);
        entry = new PlateListEntry(
            pattern, pattern.IsPlain ? PlateText.Pack(plate[..length]) : 0, note, lastDay, priority);
        return true;
    }

    private static bool Refuse(string problem, out string fault)
    {
        fault = problem;
        return false;
    }

    /// <summary>Finds the fields, quotes included; -1 with the fault.</summary>
    private static int Fields(ReadOnlySpan<char> line, Span<Range> places, out string fault)
    {
        fault = "";
        var (count, start, isQuoted) = (0, 0, false);
        for (var i = 0; i <= line.Length; i++)
        {
            if (i < line.Length && line[i] == '"') isQuoted = !isQuoted;
            if (i < line.Length && (isQuoted || line[i] != ',')) continue;
            if (count == Columns)
            {
                fault = $"more than {Columns} columns (plate,note,last day,priority); put a note with commas in quotes";
                return -1;
            }
            places[count++] = start..i;
            start = i + 1;
        }
        if (isQuoted) fault = "a quote that does not end";
        return isQuoted ? -1 : count;
    }

    private static ReadOnlySpan<char> Unquoted(ReadOnlySpan<char> line, Range place)
    {
        var field = line[place].Trim();
        if (field.Length < 2 || field[0] != '"' || field[^1] != '"') return field;
        field = field[1..^1];
        return field.Contains('"') ? field.ToString().Replace("\"\"", "\"") : field;
    }
}
