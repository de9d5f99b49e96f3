using System.Text.RegularExpressions;
using Picket.Tests.Support;

namespace Picket.Tests.Tidy;

/// <summary>What the pages for people name is there: commands, verbs, files, types.</summary>
public sealed partial class DocumentsTests
{
    private const int MostLinesOfReadme = 90;

    private static readonly string[] Pages =
    [
        "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "packaging/SECURITY.md",
        .. Directory.EnumerateFiles(Repository.Path("packaging", "guide"), "*.md")
            .Select(page => "packaging/guide/" + Path.GetFileName(page)),
    ];

    [Fact]
    public void Readme_IsReadInOneSitting() =>
        Assert.InRange(File.ReadAllLines(Repository.Path("README.md")).Length, 1, MostLinesOfReadme);

    [Fact]
    public void Targets_ThatPagesName_AreInTheMakefile()
    {
        var targets = Target().Matches(File.ReadAllText(Repository.Path("Makefile"))).Select(m => m.Groups[1].Value).ToHashSet();

        var absent = Named(MakeCommand()).Where(n => !targets.Contains(n.Name));

        Assert.Empty(absent);
    }

    /// <summary>Such as <c>Ingest/StreamClock</c>: a type's file in that room, of the node, the center or a shared project.</summary>
    [Fact]
    public void Types_ThatTheMapNames_AreInTheirRooms()
    {
        var files = SourceFile.OfAgent.Select(file => file.Path[..^".cs".Length]).ToList();

        var absent = RoomAndType().Matches(File.ReadAllText(Repository.Path("ARCHITECTURE.md"))).Select(m => m.Groups[1].Value)
            .Where(name => !files.Exists(file => file.EndsWith('/' + name, StringComparison.Ordinal)));

        Assert.Empty(absent);
    }

    [Fact]
    public void Files_ThatPagesName_AreThere()
    {
        var absent = Named(FileName()).Where(n => !File.Exists(Repository.Path(n.Name)) && !Directory.Exists(Repository.Path(n.Name)));

        Assert.Empty(absent);
    }

    /// <summary>What a comment rests on must be here to be read.</summary>
    [Fact]
    public void Pages_ThatCodeNames_AreHere()
    {
        string[] folders = ["agent", "bench", "models", "packaging", "tests"];
        var pages = Directory.EnumerateFiles(Repository.Root, "*.md")
            .Concat(folders.SelectMany(folder =>
                Directory.EnumerateFiles(Repository.Path(folder), "*.md", SearchOption.AllDirectories)))
            .Select(Path.GetFileName).ToHashSet();

        var absent =
            from folder in folders
            from file in SourceFile.PathsIn(folder)
            from match in PageName().Matches(File.ReadAllText(file.Full))
            where !pages.Contains(match.Value)
            select $"{file.Path}: {match.Value}";

        Assert.Empty(absent);
    }

    private static IEnumerable<(string Page, string Name)> Named(Regex what) =>
        from page in Pages
        from match in what.Matches(File.ReadAllText(Repository.Path(page)))
        select (page, match.Groups[1].Value.TrimEnd('/'));

    [GeneratedRegex(@"(?<![/\w.-])[A-Za-z][A-Za-z-]*\.md\b")]
    private static partial Regex PageName();

    [GeneratedRegex(@"^([a-z][a-z-]*):", RegexOptions.Multiline)]
    private static partial Regex Target();

    [GeneratedRegex(@"`(?:[A-Za-z]+=\S+ )?make ([a-z][a-z-]*)(?![a-z/-])")]
    private static partial Regex MakeCommand();

    [GeneratedRegex(@"`([A-Z][A-Za-z]+/[A-Z][A-Za-z]+)`")]
    private static partial Regex RoomAndType();

    [GeneratedRegex(@"`((?:agent|bench|models|packaging|tests)/[A-Za-z0-9_/.-]+)`")]
    private static partial Regex FileName();
}
