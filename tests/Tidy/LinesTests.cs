using System.Text.RegularExpressions;

namespace Picket.Tests.Tidy;

/// <summary>Holds the length of lines.</summary>
public sealed partial class LinesTests
{
    /// <summary>The rule is 120 columns; what can't sensibly be shorter may have these.</summary>
    private const int MaxColumns = 140;

    [Fact]
    public void Lines_OfAllSources_AreNotTooLong()
    {
        var faults =
            from folder in (string[])["agent", "bench", "tests"]
            from file in SourceFile.PathsIn(folder)
            from fault in LongLines(file.Path, File.ReadAllText(file.Full))
            select fault;

        Assert.Empty(faults);
    }

    [Fact]
    public void LongLines_OfAFile_AreThoseOutsideRawStringsAndTestData()
    {
        var wide = new string('x', MaxColumns);
        var text = $""""
            var a = """
                {wide}
                """;
                [InlineData("{wide}")]
            {wide}
            //{wide}
            """";

        Assert.Equal(["agent/X.cs:6: 142 columns, at most 140"], LongLines("agent/X.cs", text));
    }

    private static IEnumerable<string> LongLines(string path, string text)
    {
        // The line breaks stay, so that the numbers of the lines do.
        var code = RawString().Replace(text, match => new string('\n', match.Value.Count(c => c == '\n')));
        return
            from line in code.Split('\n').Index()
            where line.Item.Length > MaxColumns
            where !line.Item.TrimStart().StartsWith("[InlineData(", StringComparison.Ordinal)
            select $"{path}:{line.Index + 1}: {line.Item.Length} columns, at most {MaxColumns}";
    }

    [GeneratedRegex(""""("{3,}).*?\1"""", RegexOptions.Singleline)]
    private static partial Regex RawString();
}
