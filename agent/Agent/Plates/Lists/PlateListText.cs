using System.Text;

namespace Picket.Agent.Plates.Lists;

/// <summary>A list's text and lines, whatever program wrote it: UTF-8 or UTF-16, any line ending.</summary>
internal static class PlateListText
{
    /// <summary>Enough for a spreadsheet note with line breaks; a quote left open for longer was forgotten.</summary>
    private const int MostLinesOfANote = 16;

    /// <summary>UTF-8, or what the byte order mark says.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble)) return Encoding.UTF8.GetString(bytes[3..]);
        if (bytes.StartsWith(Encoding.Unicode.Preamble)) return Encoding.Unicode.GetString(bytes[2..]);
        if (bytes.StartsWith(Encoding.BigEndianUnicode.Preamble)) return Encoding.BigEndianUnicode.GetString(bytes[2..]);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>The lines with content, with their numbers; without comments and a spreadsheet's
    /// <c>sep=;</c>.</summary>
    public static IEnumerable<(int Number, string Line)> Lines(string text)
    {
        var number = 0;
        foreach (var line in text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n'))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line) || line[0] == '#') continue;
            if (line.Length <= 6 && line.StartsWith("sep=", StringComparison.OrdinalIgnoreCase)) continue;
            yield return (number, line);
        }
    }

    /// <summary>Joins lines within quotes: a note may have line breaks. A quote that does not close at a field's end
    /// was forgotten, and swallows nothing.</summary>
    public static IEnumerable<(int Number, string Line)> Records(
        IReadOnlyList<(int Number, string Line)> lines, PlateListColumns columns)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            var (number, line) = lines[i];
            if (columns.IsOpen(line))
            {
                var (whole, last) = (line, i);
                while (last + 1 < lines.Count && last - i < MostLinesOfANote && columns.IsOpen(whole))
                {
                    var next = lines[last + 1].Line;
                    if (!columns.IsOpen(whole + " " + next) && !EndsAField(next, columns.Separator)) break;
                    whole += " " + next;
                    last++;
                }
                if (!columns.IsOpen(whole)) (line, i) = (whole, last);
            }
            yield return (number, line);
        }
    }

    private static bool EndsAField(string line, char separator)
    {
        var quote = line.IndexOf('"', StringComparison.Ordinal);
        while (quote >= 0 && quote + 1 < line.Length && line[quote + 1] == '"')
            quote = quote + 2 < line.Length ? line.IndexOf('"', quote + 2) : -1;
        var rest = quote >= 0 ? line.AsSpan(quote + 1).TrimStart(' ') : [];
        return quote >= 0 && (rest.IsEmpty || rest[0] == separator);
    }
}
