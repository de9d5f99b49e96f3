using System.Globalization;

namespace Picket.Wire;

/// <summary>Makes text from outside (a file's name, a field of a message, another program's words) fit for a terminal or a log
/// line: no control characters (escape sequences, line breaks), no endless length.</summary>
public static class PlainText
{
    /// <param name="maxLength">Longer text is cut and ends with "...".</param>
    public static string Of(string? text, int maxLength = 120)
    {
        if (text is null) return "";
        var cut = text.Length > maxLength ? string.Concat(text.AsSpan(0, maxLength), "...") : text;
        return cut.Any(IsUnfit) ? new string([.. cut.Select(c => IsUnfit(c) ? '?' : c)]) : cut;
    }

    // Cf is included because it contains the marks that reverse a line's direction.
    private static bool IsUnfit(char c) =>
        char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator;
}
