using System.Globalization;

namespace Picket.Wire;

/// <summary>Text from outside (a name of a file, a field of a message, another program's words) made fit for a terminal or
/// a log line: no control characters (escape sequences, line breaks), no endless length.</summary>
public static class PlainText
{
    /// <param name="maxLength">What is longer is cut and ends with "...".</param>
    public static string Of(string? text, int maxLength = 120)
    {
        if (text is null) return "";
        var cut = text.Length > maxLength ? string.Concat(text.AsSpan(0, maxLength), "...") : text;
        return cut.Any(IsUnfit) ? new string([.. cut.Select(c => IsUnfit(c) ? '?' : c)]) : cut;
    }

    // Cf is with them because it holds the marks that turn the direction of a line around.
    private static bool IsUnfit(char c) =>
        char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator;
}
