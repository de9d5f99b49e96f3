using Picket.Agent.Config;
using Picket.Agent.Infer;
using Picket.Agent.Lists;
using Picket.Agent.Plates.Grammar;
using Picket.Agent.Plates.Lists;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Plates.Lists;

/// <summary>A list that is missing or damaged ends nothing: the last good one stands in, and says so.</summary>
public sealed class PlateListSourceTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ModelCatalog Catalog = ModelCatalog.Open(Repository.Path("artifacts", "models"));
    private static readonly PlateConfusions Confusions = PlateConfusions.Load(Catalog.ConfusionsFile);

    private static readonly PlateTraffic Traffic =
        new(PlateGrammar.Load(Catalog.RegionsFolder, ["pk"]).Formats);

    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    private string ListFile => _temp.File("stolen.csv");

    private PlateListSource Load() => new(
        new PlateListConfig { Name = "stolen", File = ListFile }, new ListCopies(_temp.File("state")), Traffic, Confusions, Now);

    public static TheoryData<string?> Damages => [null, "", "\n\n", "\0\0\0\0", "<html>\n"];

    [Theory]
    [MemberData(nameof(Damages))]
    public void Load_DamagedAfterAGoodStart_TheLastGoodCopyStandsIn(string? text)
    {
        File.WriteAllText(ListFile, "LEB-4821,case 7\nABC-124\n");
        Assert.Null(Load().State.Problem);
        if (text is null) File.Delete(ListFile);
        else File.WriteAllText(ListFile, text);

        var source = Load();

        Assert.Equal((2, true, 2), (source.State.Entries, source.State.LastGood, source.List.Count));
        Assert.Contains("stolen.csv", source.State.Problem);
        Assert.Contains("the last good copy is used: 2 entries", source.State.Warning);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void Load_DamagedAtTheFirstStart_IsEmptyAndSaysSo(string? text)
    {
        if (text is not null) File.WriteAllText(ListFile, text);

        var source = Load();

        Assert.Equal((0, false), (source.State.Entries, source.State.LastGood));
        Assert.Contains("no entries are searched", source.State.Warning);
    }

    [Fact]
    public void Load_LastEntryTakenOff_LooksForItNoMore()
    {
        File.WriteAllText(ListFile, "plate,note\nLEB-4821,case 7\n");
        Load();
        File.WriteAllText(ListFile, "plate,note\n");

        Assert.Equal((0, false), (Load().State.Entries, Load().State.LastGood));
        Assert.Contains("no plate in it", Load().State.Problem);
        File.Delete(ListFile);
        Assert.Equal(0, Load().State.Entries); // the copy was emptied with it
    }

    [Fact]
    public void Load_SomeBadLines_TheOthersAreUsedAndTheFirstIsTold()
    {
        File.WriteAllText(ListFile, "LEB-4821\nAB+12\nABC-124,x,31.12.2026\n");

        var source = Load();

        Assert.Equal(1, source.List.Count);
        Assert.Equal(2, source.Problems.Count);
        Assert.Contains("line 2: the plate has a character", source.State.Problem);
        Assert.Contains("1 more in the log", source.State.Problem);
    }

    /// <summary>Columns that nothing but blanks separate make plates that no region has.</summary>
    [Theory]
    [InlineData("LEB 4821 red\nLEC 1234 blue\nLED 77 white\nLEE-4822\n", true)]
    [InlineData("LEB 4821\nLEC 1234\nLED 77\nLEE-4822 red\n", false)]
    public void Load_MostPlatesOfNoKnownForm_SaysSo(string text, bool isTold)
    {
        File.WriteAllText(ListFile, text);
        Assert.Equal(isTold, Load().State.Problem?.Contains("3 of 4 plates have no format") ?? false);
    }

    [Fact]
    public void Load_EveryLastDayOver_SaysSo()
    {
        File.WriteAllText(ListFile, "LEB-4821,x,2026-02-28\n");
        Assert.Contains("the last day of every plate", Load().State.Problem);
        File.WriteAllText(ListFile, "LEB-4821,x,2026-03-01\n");
        Assert.Null(Load().State.Problem);
    }

    [Fact]
    public void TryMend_FileThatComesLate_IsTakenOnce()
    {
        var source = Load();
        Assert.False(source.TryMend(Now)); // still missing: nothing new to tell
        File.WriteAllText(ListFile, "LEB-4821\n");

        Assert.True(source.TryMend(Now));

        Assert.Equal((1, false, null), (source.List.Count, source.State.LastGood, source.State.Problem));
        Assert.False(source.TryMend(Now));
    }

    [Fact]
    public void TryMend_FileCutWhileTheNodeRuns_KeepsWhatIsSearched()
    {
        File.WriteAllText(ListFile, "LEB-4821\nAB+12\n");
        var source = Load();
        File.WriteAllText(ListFile, "");

        Assert.True(source.TryMend(Now));

        Assert.Equal((1, true), (source.List.Count, source.State.LastGood));
    }

    [Fact]
    public void Copies_AreTheUsersAlone_AndGoWithTheList()
    {
        File.WriteAllText(ListFile, "LEB-4821\n");
        Load();
        var copy = _temp.File("state/lists/stolen.csv");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(copy));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(_temp.File("state/lists")));

        new ListCopies(_temp.File("state")).KeepOnly(["other.csv"]);

        Assert.False(File.Exists(copy));
    }

    [Fact]
    public void Load_DamagedCopy_IsToldAndEmpty()
    {
        Directory.CreateDirectory(_temp.File("state/lists"));
        File.WriteAllText(_temp.File("state/lists/stolen.csv"), "\0\0");

        var state = Load().State;

        Assert.Equal(0, state.Entries);
        Assert.Contains("its last good copy can't be used", state.Problem);
    }
}
