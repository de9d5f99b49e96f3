using System.Globalization;
using System.Security.Cryptography;
using Picket.Agent.Plates.Grammar;

namespace Picket.Agent.Plates.Lists;

/// <summary>
/// Reads a plate list: a text file as spreadsheets write it, with a plate and optionally a note or id, the last day it
/// is valid (2026-12-31) and a priority from 1 to 9 on each line.
/// </summary>
/// <remarks>Usable lines are used, whatever the others are; the others are reported. A file with nothing but a heading
/// or comments is a list that somebody emptied; an empty file was cut short by a full disk or an interrupted
/// copy.</remarks>
internal static class PlateListFile
{
    public const int MaxEntries = 100_000;

    /// <summary>100,000 lines of 160 bytes: a plate, a note of 100 characters, a date.</summary>
    public const int MaxBytes = 16 << 20;

    /// <summary>Longer notes are cut: they travel with each hit.</summary>
    public const int MaxNoteLength = 64;

    /// <summary>Up to this many are listed individually; a file of the wrong kind would give one per line.</summary>
    private const int MaxProblems = 20;

    /// <exception cref="PicketException">As <see cref="ReadBytes"/> and <see cref="Parse"/>.</exception>
    public static (List<PlateListEntry> Entries, string Version, List<PlateListProblem> Problems) Read(string path) =>
        Parse(ReadBytes(path), path);

    /// <exception cref="PicketException">It is empty, or none of its lines is usable.</exception>
    public static (List<PlateListEntry> Entries, string Version, List<PlateListProblem> Problems) Parse(
        ReadOnlySpan<byte> bytes, string path) => Parse(bytes, path, out _);

    /// <summary>The list in <paramref name="bytes"/>, and the first part of its digest.</summary>
    /// <param name="path">Where it comes from, for problems.</param>
    /// <param name="columns">How its lines were split.</param>
    /// <exception cref="PicketException">It is empty, or none of its lines is usable.</exception>
    public static (List<PlateListEntry> Entries, string Version, List<PlateListProblem> Problems) Parse(
        ReadOnlySpan<byte> bytes, string path, out PlateListColumns columns)
    {
        var version = Convert.ToHexStringLower(SHA256.HashData(bytes))[..12];
        var text = PlateListText.Decode(bytes);
        if (string.IsNullOrWhiteSpace(text))
            throw new PicketException(
                $"plate list {path}: is empty; to look for no plate, leave the heading 'plate' in it");
        var lines = PlateListText.Lines(text).ToList();
        var entries = new List<PlateListEntry>();
        columns = PlateListColumns.Of(lines.Count == 0 ? "" : lines[0].Line);
        if (lines.Count == 0) return (entries, version, []);
        var first = lines[0].Number;
        if (columns.HasHeading) lines.RemoveAt(0);

        var problems = new Problems(path);
        var known = new Dictionary<ulong, (int Line, int Index)>();
        var patterns = 0;
        foreach (var (number, line) in PlateListText.Records(lines, columns))
        {
            if (!TryParse(line, columns, out var entry, out var fault))
                problems.Add(number, fault);
            else if (entry.Packed != 0 && known.TryGetValue(entry.Packed, out var before))
            {
                entries[before.Index] = Stronger(entries[before.Index], entry);
                problems.Add(
                    number,
                    problems.IsFull
                        ? ""
                        : $"the plate is already on line {before.Line}; the more urgent priority and the later last day count");
            }
            else if (entries.Count == MaxEntries)
                problems.Add(number, $"more than {MaxEntries} plates; split the list");
            else if (entry.Packed == 0 && ++patterns > PlateList.MaxPatterns)
                problems.Add(number, $"more than {PlateList.MaxPatterns} plates with '?' or '*'");
            else
            {
                // Patterns are few; it does no harm if one covers another.
                if (entry.Packed != 0) known.Add(entry.Packed, (number, entries.Count));
                entries.Add(entry);
                if (number == first && entry.Packed != 0 && LooksLikeAHeading(entry))
                    problems.Doubt(number, "is taken as a plate although it has no digit; a heading begins with 'plate'");
            }
        }
        if (entries.Count == 0 && problems.First is { } worst)
        {
            throw new PicketException(
                $"plate list {path}: has no usable line (line {worst.Line}: {worst.Fault}); a line is plate,note,2026-12-31,1");
        }
        return (entries, version, problems.All());
    }

    /// <exception cref="PicketException">It can't be read, or is larger than a list can be.</exception>
    public static byte[] ReadBytes(string path)
    {
        try
        {
            return BoundedFile.ReadBytes(path, MaxBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PicketException($"plate list {path}: can't be read ({e.Message})", inner: e);
        }
    }

    private static bool LooksLikeAHeading(in PlateListEntry entry)
    {
        for (var i = 0; i < entry.Plate.Length; i++)
            if (entry.Plate[i] is PlateWildcard.Any || char.IsDigit(PlateAlphabet.Character(entry.Plate[i]))) return false;
        return true;
    }

    /// <summary>Of two entries of one plate: the more urgent priority, and valid as long as either is.</summary>
    private static PlateListEntry Stronger(in PlateListEntry a, in PlateListEntry b) =>
        (b.Priority > a.Priority ? b : a) with { LastDay = Math.Max(a.LastDay, b.LastDay) };

    private static bool TryParse(string line, PlateListColumns columns, out PlateListEntry entry, out string fault)
    {
        entry = default;
        if (!columns.TryCut(line, out var fields, out fault)) return false;
        if (fields.Plate.AsSpan().IndexOfAny(",;\t|") is >= 0 and var at)
        {
            return Refuse(
                $"the columns are separated by {PlateListColumns.Name(fields.Plate[at])} here and by "
                    + $"{PlateListColumns.Name(columns.Separator)} on the first line",
                out fault);
        }
        Span<char> plate = stackalloc char[PlateText.MaxLength];
        var length = PlateText.Normalize(fields.Plate, plate, out fault);
        if (length < 0 || !PlateWildcard.TryParse(plate[..length], out var pattern, out fault)) return false;

        var lastDay = int.MaxValue;
        if (fields.LastDay.Length > 0)
        {
            if (!DateOnly.TryParseExact(
                    fields.LastDay, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
                return Refuse("the last day must be a date such as 2026-12-31", out fault);
            lastDay = day.DayNumber;
        }
        byte priority = 0;
        if (fields.Priority.Length > 0
            && (!byte.TryParse(fields.Priority, NumberStyles.None, CultureInfo.InvariantCulture, out priority)
                || priority is 0 or > 9))
            return Refuse("the priority must be 1 to 9", out fault);

        var note = fields.Note;
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

    /// <summary>The first problems individually, the rest as a number.</summary>
    private sealed class Problems(string path)
    {
        private readonly List<PlateListProblem> _told = [];
        private int _more;
        private int _last;

        /// <summary>Further ones are only counted: their text need not be made.</summary>
        public bool IsFull => _told.Count >= MaxProblems;

        public PlateListProblem? First => _told.Count > 0 ? _told[0] : null;

        public void Add(int line, string fault) => Add(new PlateListProblem(path, line, fault));

        public void Doubt(int line, string fault) => Add(new PlateListProblem(path, line, fault, IsLeftOut: false));

        public List<PlateListProblem> All()
        {
            if (_more > 0)
                _told.Add(new PlateListProblem(path, _last, $"{_more} further lines could not be used", IsLeftOut: false));
            return _told;
        }

        private void Add(PlateListProblem problem)
        {
            _last = problem.Line;
            if (_told.Count < MaxProblems) _told.Add(problem);
            else _more++;
        }
    }
}

/// <summary>A line of a plate list that could not be used, or is doubtful. Never holds the plate, since it ends up in
/// logs.</summary>
internal readonly record struct PlateListProblem(string File, int Line, string Fault, bool IsLeftOut = true)
{
    public override string ToString() => $"{File}: line {Line}: {Fault}{(IsLeftOut ? "; the line is left out" : "")}";
}
