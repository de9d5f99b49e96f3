using System.Text.Json;
using Picket.Agent.Infer;
using Picket.Agent.Plates;
using Picket.Agent.Plates.Grammar;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Plates.Grammar;

public sealed class PlateGrammarTests
{
    internal static readonly PlateCosts Costs = new(NoFormat: 4, Weight: 0.35f, RareLetter: 1, Confusion: 0.5f);

    private static readonly string Regions = Repository.Path("models", "plates", "regions");

    private static readonly string[] AllRegions = ["br", "eu", "gb", "gcc", "in", "pk", "tr", "us", "vn"];

    public static TheoryData<string> Codes => [.. AllRegions];

    // The examples and tables of the public pages behind the packs, and plates of pictures that may be used to train.
    [Theory]
    [InlineData("pk", "AJD947", 3)] // Islamabad, in the data
    [InlineData("pk", "LEA071234", 5)] // Punjab with year
    [InlineData("pk", "AAA001", 3)] // Sindh from 1996
    [InlineData("pk", "LEB1234", 3)]
    [InlineData("in", "HR26DD7022", 4)]
    [InlineData("in", "HR75D9566", 4)]
    [InlineData("in", "MH12DE1433", 4)]
    [InlineData("in", "22BH1234AB", 4)] // year first
    [InlineData("in", "DL3CAB1234", 4)] // the 0 of the district often missing
    [InlineData("br", "ABC1234", 3)]
    [InlineData("br", "ABC1D23", 3)] // Mercosur
    [InlineData("gb", "LB57AYW", 4)]
    [InlineData("gb", "P314MNC", 4)]
    [InlineData("gb", "AIZ1234", 3)] // Northern Ireland
    [InlineData("eu", "SP02WAO", 4)] // eu includes gb
    [InlineData("eu", "SB014882", 2)] // Romania, temporary
    [InlineData("eu", "B90MYU", 3)]
    [InlineData("eu", "AA123BB", -2)] // France and Italy, which break at different places
    [InlineData("eu", "1AB2345", 3)] // Czechia
    [InlineData("eu", "1ABC234", 4)] // Belgium
    [InlineData("us", "5AR7590", -1)]
    [InlineData("us", "D368BN", -1)] // Florida, in the data
    [InlineData("us", "7ABC123", -1)] // California
    [InlineData("gcc", "1234ABD", -1)] // Saudi Arabia
    [InlineData("gcc", "A12345", 1)] // Dubai
    [InlineData("tr", "34ABC123", 5)]
    [InlineData("tr", "26TA661", 4)]
    [InlineData("vn", "51F70804", 3)]
    [InlineData("vn", "59V179379", 4)]
    public void Fit_PublishedExample_FitsItsRegion(string region, string text, int breakAt)
    {
        var fit = PlateGrammar.Load(Regions, [region]).Fit(text, Costs);
        Assert.NotNull(fit.Format);
        if (breakAt != -2) Assert.Equal(breakAt, fit.BreakAt);
    }

    [Theory]
    [InlineData("pk", "12345678")]
    [InlineData("in", "XX01AB1234")] // no such state
    [InlineData("in", "KA01MG27845")]
    [InlineData("br", "ABCD123")]
    [InlineData("tr", "82ABC123")] // provinces go to 81
    [InlineData("vn", "01F70804")] // and these begin with 11
    [InlineData("gb", "ABCDEFG")]
    [InlineData("pk", "ABC-123")]
    [InlineData("pk", "")]
    public void Fit_OtherText_FitsNoFormatAndCostsThat(string region, string text) =>
        Assert.Equal(new PlateFit(null, -4, -1), PlateGrammar.Load(Regions, [region]).Fit(text, Costs));

    [Theory]
    [MemberData(nameof(Codes))]
    public void Fit_TextsDrawnFromAPack_FitIt(string region)
    {
        using var pack = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Regions, region + ".json")));
        var grammar = PlateGrammar.Load(Regions, [region]);
        var random = new Random(5);
        foreach (var format in pack.RootElement.GetProperty("formats").EnumerateArray())
        {
            for (var i = 0; i < 200; i++)
            {
                var text = PlateSampler.Draw(pack.RootElement, format, random);
                var fit = grammar.Fit(text, Costs);
                Assert.True(fit.Format is not null, $"{text}, drawn from {format}, fits nothing");
                Assert.InRange(fit.Prior, -4, 0);
            }
        }
    }

    // Texts of plates whose country is known, from the sets that may be used for training. What does not fit in us and
    // vn are one personal plate and one of five digits less.
    [SharedDataTheory]
    [InlineData("romania_text", "eu", 83, 83)]
    [InlineData("us_states", "us", 49, 50)]
    [InlineData("vietnam", "vn", 23, 24)]
    public void Fit_RealPlates_MostFit(string set, string region, int fitting, int all)
    {
        var grammar = PlateGrammar.Load(Regions, [region]);
        var rows = File.ReadLines(Repository.Shared("plates", "train", "manifest.csv")).Select(line => line.Split(','));
        var texts = rows.Where(row => row[0].StartsWith(set + "/", StringComparison.Ordinal)).Select(row => row[5])
            .Where(text => text.Length > 0).ToHashSet();
        Assert.Equal(all, texts.Count);
        Assert.Equal(fitting, texts.Count(text => grammar.Fit(text, Costs).Format is not null));
    }

    [Fact]
    public void Load_NoRegion_IsAllOfThem()
    {
        var grammar = PlateGrammar.Load(Regions, []);
        Assert.Equal(AllRegions, grammar.Regions.Order());
        Assert.Equal("tr", grammar.Fit("81AB1234", Costs).Format!.Region);
        Assert.InRange(grammar.Automaton.States, 1_000, 20_000);
    }

    [Fact]
    public void Load_Europe_IncludesBritain() =>
        Assert.Equal(["eu", "gb"], PlateGrammar.Load(Regions, ["eu"]).Regions);

    [Fact]
    public void Load_BuiltPack_HasTheRegions()
    {
        var folder = ModelCatalog.Open(Repository.Path("artifacts", "models")).RegionsFolder;
        Assert.Equal(AllRegions, PlateGrammar.Load(folder, []).Regions.Order());
    }

    [Fact]
    public void Fit_FrequentAndSeldomFormat_TakesTheLikelierOne()
    {
        using var folder = new TempFolder();
        PackFile.Write(folder.Path, "xx", [], [("L{3} D{3}", 1), ("A{6}", 10), ("L{2} D{4}", 5)]);
        var grammar = PlateGrammar.Load(folder.Path, ["xx"]);
        Assert.Equal("A{6}", grammar.Fit("ABC123", Costs).Format!.Name);
        Assert.Equal(0, grammar.Fit("ABC123", Costs).Prior);
        // A rare letter costs 1 in each of them.
        Assert.Equal(-1, grammar.Fit("OBC123", Costs).Prior);
        // ln(5/10) and ln(1/10), by the share of 0.35 that counts.
        PackFile.Write(folder.Path, "yy", [], [("L{3} D{3}", 1), ("D{6}", 10), ("L{2} D{4}", 5)]);
        grammar = PlateGrammar.Load(folder.Path, ["yy"]);
        Assert.Equal(0.35 * Math.Log(0.5), grammar.Fit("AB1234", Costs).Prior, 1e-5);
        Assert.Equal(0.35 * Math.Log(0.1), grammar.Fit("ABC123", Costs).Prior, 1e-5);
        // What is so rare that it would cost more than no format at all costs as much as that.
        Assert.Equal(-4, grammar.Fit("OOO123", Costs with { RareLetter = 3 }).Prior);
    }

    [Fact]
    public void ConfusionCost_Texts_IsTheSumOverTheirDifferences()
    {
        using var folder = new TempFolder();
        PackFile.Write(folder.Path, "xx", "L D");
        var grammar = PlateGrammar.Load(folder.Path, ["xx"]);
        float Cost(string a, string b) => grammar.ConfusionCost(BruteForceCtc.Encode(a), BruteForceCtc.Encode(b));
        Assert.Equal(0, Cost("AB10", "AB10"));
        Assert.Equal(0.5f, Cost("O1", "0I"), 1e-6f);
        Assert.Equal(1.5f, Cost("AB", "AC"), 1e-6f);
        Assert.Equal(0, Cost("AB", "ABC"));
    }

    [Fact]
    public void Load_UnknownRegion_NamesThoseThereAre()
    {
        var error = Assert.Throws<PicketException>(() => PlateGrammar.Load(Regions, ["pk", "../pk"]));
        Assert.Equal(ExitCode.BadUsage, error.ExitCode);
        Assert.Equal(
            "region '../pk': no such grammar pack; there are br, eu, gb, gcc, in, pk, tr, us, vn", error.Message);
    }

    [Theory]
    [InlineData("L{2} ?", "format 'L{2} ?' (L{2} ?): column 6: '?' is not a token")]
    [InlineData("@city D", "format '@city D' (@city D): column 1: the pack has no words 'city'")]
    public void Load_BrokenPattern_NamesFileFormatAndColumn(string pattern, string message)
    {
        using var folder = new TempFolder();
        PackFile.Write(folder.Path, "xx", "L D", pattern);
        var error = Assert.Throws<PicketException>(() => PlateGrammar.Load(folder.Path, ["xx"]));
        Assert.Equal(ExitCode.PartMissing, error.ExitCode);
        Assert.StartsWith($"grammar pack {folder.File("xx.json")}: {message}", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("\"weight\": 1", "\"weight\": 0", "its weight must be above 0")]
    [InlineData("\"weight\": 1", "\"wait\": 1", "wait")]
    [InlineData("\"region\": \"xx\"", "\"region\": \"yy\"", "its region is 'yy'")]
    [InlineData("\"letters\": \"AB\"", "\"letters\": \"A-B\"", "letters: '-' is neither A-Z nor 0-9")]
    [InlineData("\"O0\"", "\"O\"", "confusion 'O': it must be two characters")]
    [InlineData("{ \"pattern\": \"L D\", \"weight\": 1, \"name\": \"x\" }", "", "it has no formats")]
    [InlineData("\"includes\": []", "\"includes\": [\"zz\"]", "region 'zz': no such grammar pack")]
    [InlineData("\"words\"", "words", "'w' is an invalid start")]
    public void Load_BrokenFile_SaysWhatIsWrong(string from, string to, string message)
    {
        const string good = """
            { "region": "xx", "name": "X", "includes": [], "letters": "AB", "rareLetters": "", "words": {},
              "formats": [{ "pattern": "L D", "weight": 1, "name": "x" }], "confusions": { "O0": 0.1 } }
            """;
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("xx.json"), good);
        Assert.Equal(["xx"], PlateGrammar.Load(folder.Path, []).Regions);
        File.WriteAllText(folder.File("xx.json"), good.Replace(from, to, StringComparison.Ordinal));
        var error = Assert.Throws<PicketException>(() => PlateGrammar.Load(folder.Path, ["xx"]));
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void Load_NoFolder_SaysWhatToDo()
    {
        var error = Assert.Throws<PicketException>(() => PlateGrammar.Load("/nowhere/regions", []));
        Assert.Equal(ExitCode.PartMissing, error.ExitCode);
        Assert.Contains("make models", error.Message);
    }
}
