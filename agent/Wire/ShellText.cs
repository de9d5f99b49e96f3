namespace Picket.Wire;

/// <summary>Words of commands that are printed for people to copy into a shell.</summary>
public static class ShellText
{
    /// <summary>What needs no quotes in any shell.</summary>
    private const string Plain = "/._-+:=@,%";

    /// <summary><paramref name="text"/> as one word of a POSIX shell (section 2.2.2: between single quotes nothing is
    /// special).</summary>
    public static string Word(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || Plain.Contains(c))
            ? text
            : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
