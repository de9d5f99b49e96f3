using System.Text.RegularExpressions;

namespace Picket.Tests.Tidy;

/// <summary>Holds the rules for names and numbers that people search for.</summary>
public sealed partial class NamesTests
{
    /// <summary>Words that say nothing about what a type does.</summary>
    private static readonly string[] EmptyWords =
        ["Manager", "Helper", "Helpers", "Util", "Utils", "Service", "Processor", "Handler", "Data", "Info"];

    /// <summary>Names that are not ours to choose.</summary>
    private static readonly string[] GivenNames =
    [
        "AvUtil", // the functions of the library libavutil
    ];

    [Fact]
    public void TypeNames_UnderAgent_EndWithNoEmptyWord() => Assert.Empty(SourceFile.OfAgent.SelectMany(EmptyNames));

    [Theory]
    [InlineData("internal sealed class CropManager(int x) : IDisposable;", 1)]
    [InlineData("public readonly record struct FrameInfo(int X);", 1)]
    [InlineData("private sealed class Retry : DelegatingHandler", 0)]
    [InlineData("internal sealed class RetryHandler : DelegatingHandler", 0)]
    [InlineData("internal sealed class Database;", 0)]
    public void EmptyNames_OfAFile_AreFound(string code, int count) =>
        Assert.Equal(count, EmptyNames(SourceFile.Parse("agent/Agent/X.cs", code)).Count());

    [Fact]
    public void LogMessages_UnderAgent_HaveIdsOfTheirOwn()
    {
        var messages = (
            from file in SourceFile.OfAgent
            from match in LogMessage().Matches(file.Code)
            select (Id: match.Groups["id"].Value, At: file.At(match))).ToArray();

        var shared = messages.GroupBy(m => m.Id).Where(g => g.Count() > 1 || g.Key.Length == 0)
            .Select(g => $"id {g.Key}: {string.Join(", ", g.Select(m => m.At))}");

        Assert.NotEmpty(messages);
        Assert.Empty(shared);
    }

    [Fact]
    public void FieldsThatNeverChange_UnderAgent_AreInPascalCase() =>
        Assert.Empty(SourceFile.OfAgent.SelectMany(file => LowerCaseConstant().Matches(file.Code).Select(file.At)));

    [Theory]
    [InlineData("private static readonly TimeSpan s_pause = TimeSpan.Zero;", 1)]
    [InlineData("private static readonly byte[] _mark;", 1)]
    [InlineData("private static readonly TimeSpan Pause = TimeSpan.Zero;", 0)]
    [InlineData("private static Lines* s_current;", 0)]
    public void LowerCaseConstant_OfAFile_IsFound(string code, int count) => Assert.Equal(count, LowerCaseConstant().Count(code));

    private static IEnumerable<string> EmptyNames(SourceFile file) =>
        from match in Type().Matches(file.Code)
        let name = match.Groups["name"].Value
        let word = EmptyWords.FirstOrDefault(w => name.EndsWith(w, StringComparison.Ordinal))
        // A type derived from a framework's Handler is one.
        where word is not null && !GivenNames.Contains(name) && !match.Groups["bases"].Value.Contains(word)
        select $"{file.At(match)}: {name}";

    [GeneratedRegex(
        @"\b(?:class|struct|interface|enum|record(?:\s+struct|\s+class)?)\s+(?<name>[A-Z]\w*)(?<bases>[^{;]*)")]
    private static partial Regex Type();

    [GeneratedRegex(@"\bstatic\s+readonly\s+[^=;]+?\s[a-z_]\w*\s*[=;]")]
    private static partial Regex LowerCaseConstant();

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?:EventId\s*=\s*)?(?<id>\d*)")]
    private static partial Regex LogMessage();
}
