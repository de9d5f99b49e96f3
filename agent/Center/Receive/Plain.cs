namespace Picket.Center.Receive;

/// <summary>Text from outside made fit for a terminal or a log line: no control characters (escape sequences, line
/// breaks), no endless length.</summary>
internal static class Plain
{
    public static string Text(string? text, int maxLength = 120)
    {
        if (text is null) return "";
        var cut = text.Length > maxLength ? string.Concat(text.AsSpan(0, maxLength), "...") : text;
        return cut.Any(IsUnfit) ? new string([.. cut.Select(c => IsUnfit(c) ? '?' : c)]) : cut;
    }

    // Cf is with them because it holds the marks that turn the direction of a line around.
    private static bool IsUnfit(char c) =>
        char.IsControl(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format
            or System.Globalization.UnicodeCategory.LineSeparator
            or System.Globalization.UnicodeCategory.ParagraphSeparator;
}
