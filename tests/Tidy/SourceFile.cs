using System.Text.RegularExpressions;
using Picket.Tests.Support;

namespace Picket.Tests.Tidy;

/// <summary>One of our C# files; files that a tool wrote are left out.</summary>
/// <param name="Path">From the repository's root, with slashes.</param>
/// <param name="Code">The text with comments and the contents of strings blanked, so that words in them do not count;
/// lines stay.</param>
internal sealed partial record SourceFile(string Path, string Code)
{
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public string Folder => Path[..Path.LastIndexOf('/')];

    /// <summary>All files under <c>agent/</c>.</summary>
    public static IReadOnlyList<SourceFile> OfAgent { get; } =
        [.. PathsIn("agent").Select(f => Parse(f.Path, File.ReadAllText(f.Full)))];

    /// <summary>The files under a folder of the repository: from the disk's root, and from the repository's.</summary>
    public static IEnumerable<(string Full, string Path)> PathsIn(string folder) =>
        Directory.EnumerateFiles(Repository.Path(folder), "*.cs", SearchOption.AllDirectories)
            .Select(full => (Full: full, Path: FromRoot(full)))
            .Where(f => !BuildOutput().IsMatch(f.Path))
            .OrderBy(f => f.Path, StringComparer.Ordinal);

    public static SourceFile Parse(string path, string text) =>
        new(path, CommentOrText().Replace(text, match => Blank(match.Value)));

    /// <summary>Path and line, as compilers write it.</summary>
    public string At(Capture match) => $"{Path}:{Code.AsSpan(0, match.Index).Count('\n') + 1}";

    private static string FromRoot(string full) =>
        System.IO.Path.GetRelativePath(Repository.Root, full).Replace('\\', '/');

    private static string Blank(string text) => string.Concat(text.Select(c => c == '\n' ? '\n' : ' '));

    [GeneratedRegex("(^|/)(bin|obj)/")]
    private static partial Regex BuildOutput();

    // Comments; raw, verbatim and plain strings; characters.
    [GeneratedRegex(
        """"//[^\n]*|/\*.*?\*/|\$*"""+.*?"""+|\$?@\$?"([^"]|"")*"|\$?"(\\.|[^"\\\n])*"|'(\\.|[^'\\\n])+'"""",
        RegexOptions.Singleline)]
    private static partial Regex CommentOrText();
}
