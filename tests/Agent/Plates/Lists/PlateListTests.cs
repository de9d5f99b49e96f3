using System.Reflection;
using Picket.Agent.Plates;
using Picket.Agent.Plates.Grammar;
using Picket.Agent.Plates.Lists;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Plates.Lists;

public sealed class PlateListTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly PlateGrammar Grammar = PlateGrammar.Load(Repository.Path("models", "plates", "regions"), ["pk"]);
    private static readonly PlateTraffic Traffic = new(Grammar.Formats);
    private static readonly PlateConfusions Confusions =
        PlateConfusions.Load(Repository.Path("models", "plates", "confusions.json"));
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    private PlateList List(params string[] lines) => List(0.0001, lines);

    private PlateList List(double falseHits, params string[] lines)
    {
        File.WriteAllLines(_temp.File("list.csv"), lines);
        var (entries, version, _) = PlateListFile.Read(_temp.File("list.csv"));
        return new PlateList("stolen", version, falseHits, entries, Traffic, Confusions);
    }

    /// <summary>A reading whose characters are all equally certain, but for those given.</summary>
    private static PlateRead Read(
        string text, float confidence, (int Place, float Confidence)? doubt = null, params PlateHypothesis[] others)
    {
        var characters = Enumerable.Repeat(0.995f, text.Length).ToArray();
        if (doubt is { } d) characters[d.Place] = d.Confidence;
        return new PlateRead(
            text, confidence, confidence, characters, 1, "pk", "x", [new PlateHypothesis(text, confidence), .. others]);
    }

    [Fact]
    public void Match_SameText_IsExactWithTheEntry()
    {
        var match = List("plate,note", "LEB-4821,case 7,,2", "ABC 123,case 8").Match(Read("LEB4821", 0.97f), Now)!;
        Assert.Equal(
            ("stolen", "case 7", "LEB4821", PlateMatchKind.Exact, 0.97f, 0.0001, 2),
            (match.List, match.Entry, match.Plate, match.Kind, match.Score, match.FalseHits, match.Priority));
        Assert.Equal(12, match.Version.Length);
        Assert.DoesNotContain("LEB4821", match.ToString());
    }

    [Fact]
    public void Match_OtherText_IsNone() => Assert.Null(List("LEB4821").Match(Read("LEB4822", 0.97f), Now));

    // 8 read for B is in the table; whether the entry is believed is a matter of the reader's doubt at that place.
    [Theory]
    [InlineData(0.995f, 0.95f, false)]
    [InlineData(0.7f, 0.7f, true)]
    public void Match_ConfusedCharacter_NeedsTheReadersDoubt(float character, float confidence, bool matches)
    {
        var match = List("LEB4821").Match(Read("LE84821", confidence, (2, character)), Now);
        Assert.Equal(matches, match is not null);
        if (match is null) return;
        Assert.Equal((PlateMatchKind.Confusion, "LEB4821"), (match.Kind, match.Plate));
        // By hand: 0.7 * 0.008 * (0.2 + 0.8 * 0.3 / 0.015) / 0.7 = 0.1296
        Assert.Equal(0.1296, match.Score, 3);
    }

    [Fact]
    public void Match_CharactersThatAreNeverConfused_IsNone() =>
        Assert.Null(List("LEX4821").Match(Read("LEB4821", 0.5f, (2, 0.5f)), Now));

    [Theory]
    [InlineData("LEB482")]
    [InlineData("LEB48211")]
    public void Match_CharacterMissingOrAdded_OnlyIfTheReaderThoughtOfIt(string read)
    {
        var list = List("LEB4821");
        Assert.Null(list.Match(Read(read, 0.6f), Now));
        var match = list.Match(Read(read, 0.6f, others: new PlateHypothesis("LEB4821", 0.35f)), Now)!;
        Assert.Equal((PlateMatchKind.Confusion, 0.35f), (match.Kind, match.Score));
    }

    [Theory]
    [InlineData("LEB*", "LEB4821", true)]
    [InlineData("LEB*", "LEB", true)]
    [InlineData("LEB*", "ALEB4821", false)]
    [InlineData("*821", "LEB4821", true)]
    [InlineData("*821", "LEB8210", false)]
    [InlineData("*B48*", "LEB4821", true)]
    [InlineData("LE?4821", "LEB4821", true)]
    [InlineData("LE?4821", "LEBB4821", false)]
    [InlineData("LE?4821", "LE4821", false)]
    [InlineData("??B4821", "LEB4821", true)]
    public void Match_Wildcard_FitsWhatItSays(string entry, string text, bool matches)
    {
        var match = List(0.05, entry).Match(Read(text, 0.999f), Now);
        Assert.Equal(matches, match is not null);
        if (match is not null) Assert.Equal((PlateMatchKind.Wildcard, entry), (match.Kind, match.Plate));
    }

    [Fact]
    public void Match_Wildcard_AddsUpTheReadingsThatFit()
    {
        var match = List(0.01, "LEB482?").Match(Read("LEB4821", 0.5f, null, new("LEB4827", 0.3f), new("LEX4821", 0.1f)), Now)!;
        Assert.Equal(0.8f, match.Score, 3);
    }

    [Fact]
    public void Match_WildcardWithAConfusedCharacter_IsAConfusion()
    {
        var match = List(0.01, "LEB482?").Match(Read("LE84821", 0.7f, (2, 0.7f)), Now)!;
        Assert.Equal(PlateMatchKind.Confusion, match.Kind);
    }

    [Fact]
    public void Match_AfterTheLastDay_IsNone()
    {
        var list = List("LEB4821,x,2026-11-01");
        Assert.NotNull(list.Match(Read("LEB4821", 0.97f), Now));
        Assert.Null(list.Match(Read("LEB4821", 0.97f), Now.AddDays(1)));
    }

    [Fact]
    public void Match_SeveralFit_TheLikeliestIsTold()
    {
        var read = Read("LE84821", 0.6f, (2, 0.6f), new PlateHypothesis("LEB4821", 0.38f));
        Assert.Equal("LE84821", List("LEB4821", "LE84821").Match(read, Now)!.Plate);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ABCDEFGH12345678")] // longer than any entry
    public void Match_NoPlateOrTooLong_IsNone(string text) => Assert.Null(List("LEB4821").Match(Read(text, 0.99f), Now));

    // By hand with confidences 0.5 and 0.9: t = 0.505 gives G = 0.1 / 2 = 0.05; twice that times Q = 0.001 is 1e-4.
    [Theory]
    [InlineData(0.001, 1e-4, 0.505)]
    [InlineData(0.01, 1e-4, 0.905)] // nothing that is less certain than every reading is accepted
    [InlineData(1e-9, 1e-4, 0.02)]
    [InlineData(0, 1e-4, 0.02)]
    public void Threshold_ByChanceAndBudget_IsTheLeastWithinIt(double byChance, double budget, double expected) =>
        Assert.Equal(expected, PlateList.Threshold(byChance, budget, [0.5, 0.9]), 9);

    [Fact]
    public void Threshold_MorePlatesOrLessBudget_IsHigher()
    {
        double At(double byChance, double budget) => PlateList.Threshold(byChance, budget, Confusions.Confidences);
        Assert.True(At(1e-4, 1e-4) < At(1e-3, 1e-4) && At(1e-3, 1e-4) < At(1e-3, 1e-5));
    }

    [Fact]
    public void PlateList_ABroadPattern_DoesNotMakePlatesHardToFind()
    {
        var list = List("LEB4821", "L*");
        Assert.True(list.PatternThreshold > 0.9);
        Assert.Equal(0.02, list.PlateThreshold, 9);
    }

    [Fact]
    public void PlateList_TooManyPatterns_SearchesTheFirst()
    {
        var lines = Enumerable.Range(0, PlateList.MaxPatterns + 1).Select(i => $"A{i:D4}*").ToArray();
        Assert.Equal(1_000, List(lines).Count);
    }

    /// <summary>The budget of the largest list: what it keeps, and what a search costs.</summary>
    [Fact]
    public void PlateList_100000Plates_Keeps5MegabytesAndASearchAllocatesNothing()
    {
        var lines = Enumerable.Range(0, PlateListFile.MaxEntries)
            .Select(i => $"{(char)('A' + i % 23)}{(char)('A' + i / 23 % 26)}{(char)('A' + i / 598 % 26)}{i / 10:D4},case number {i}");
        File.WriteAllLines(_temp.File("large.csv"), lines);
        var list = Load();
        Assert.Equal(PlateListFile.MaxEntries, list.Count);
        var arrays = typeof(PlateList).GetFields(BindingFlags.NonPublic | BindingFlags.Instance)
            .Select(field => field.GetValue(list)).OfType<Array>().Where(array => array.GetType().GetElementType()!.IsPrimitive);
        Assert.InRange(arrays.Sum(Buffer.ByteLength), 2_500_000, 5_000_000); // 25 bytes a plate and the notes

        var stranger = Read("ZZZ9999", 0.97f);
        list.Match(stranger, Now);
        var allocated = Allocation.Of(() =>
        {
            for (var i = 0; i < 100; i++) Assert.Null(list.Match(stranger, Now));
        });
        Assert.Equal(0, allocated);

        PlateList Load()
        {
            var (entries, version, problems) = PlateListFile.Read(_temp.File("large.csv"));
            Assert.Empty(problems);
            return new PlateList("large", version, 0.0001, entries, Traffic, Confusions);
        }
    }
}
