using System.Security.Cryptography;
using Picket.Agent;
using Picket.Agent.Decide;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Decide;

public sealed class PlateListFileTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    private (List<PlateListEntry> Entries, string Version, List<PlateListProblem> Problems) Read(string text)
    {
        File.WriteAllText(_temp.File("list.csv"), text);
        return PlateListFile.Read(_temp.File("list.csv"));
    }

    private static string Text(PlateListEntry entry) => entry.Plate.ToString();

    [Fact]
    public void Read_AllColumns_AreTaken()
    {
        var entry = Assert.Single(Read("plate,note,until,priority\r\nleb-48 21,\"case 7, \"\"red\"\" car\",2026-12-31,3\r\n").Entries);
        Assert.Equal(
            ("LEB4821", "case 7, \"red\" car", new DateOnly(2026, 12, 31).DayNumber, (byte)3),
            (Text(entry), entry.Note, entry.LastDay, entry.Priority));
    }

    [Fact]
    public void Read_PlatesAlone_WithByteOrderMarkCommentsAndEmptyLines()
    {
        var entries = Read("\uFEFF# stolen\n\nABC123\n  \nXYZ 789\n").Entries;
        Assert.Equal(["ABC123", "XYZ789"], entries.Select(Text));
        Assert.Equal((int.MaxValue, (byte)0, ""), (entries[0].LastDay, entries[0].Priority, entries[0].Note));
    }

    [Theory]
    [InlineData("M\u00DC-\u00D6 123", "MUO123")] // letters with marks as readers read them
    [InlineData("b.ax/4127", "BAX4127")]
    [InlineData("leb*", "LEB*")]
    [InlineData("a?c12?", "A?C12?")]
    public void Read_Plate_IsNormalized(string plate, string expected) =>
        Assert.Equal(expected, Text(Assert.Single(Read(plate).Entries)));

    [Theory]
    [InlineData("AB;12", "character other than")]
    [InlineData("ABCDEFGHIJKLM", "longer than 12")]
    [InlineData(",note", "there is no plate")]
    [InlineData("A*B", "beginning or the end only")]
    [InlineData("**", "no character that is given")]
    [InlineData("???", "no character that is given")]
    [InlineData("AB12,x,31.12.2026", "must be a date")]
    [InlineData("AB12,x,,10", "priority must be 1 to 9")]
    [InlineData("AB12,x,,1,more", "more than 4 columns")]
    [InlineData("AB12,\"x", "a quote that does not end")]
    [InlineData("AB12,a\u0007b", "control characters")]
    [InlineData("GOOD-1", "on line 1 already")]
    public void Read_BadLine_IsToldByItsNumberAndLeftOut(string line, string fault)
    {
        var (entries, _, problems) = Read("GOOD1\n" + line + "\nGOOD2");
        Assert.Equal(["GOOD1", "GOOD2"], entries.Select(Text));
        var problem = Assert.Single(problems);
        Assert.Contains("line 2: ", problem.ToString());
        Assert.Contains(fault, problem.Fault);
        Assert.DoesNotContain("GOOD", problem.Fault); // no plate in a log
    }

    [Fact]
    public void Read_ManyBadLines_AreSummedUp()
    {
        var problems = Read("GOOD1\n" + string.Concat(Enumerable.Repeat("A;B\n", 50))).Problems;
        Assert.Equal(21, problems.Count);
        Assert.Contains("30 further lines", problems[^1].Fault);
    }

    [Fact]
    public void Read_Version_IsTheFilesDigest()
    {
        var text = "ABC123\n"u8.ToArray();
        File.WriteAllBytes(_temp.File("list.csv"), text);
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(text))[..12], PlateListFile.Read(_temp.File("list.csv")).Version);
    }

    [Theory]
    [InlineData("")]
    [InlineData("plate,note\n")]
    [InlineData("<html>\n<body>\n")]
    public void Read_NothingUsable_IsRefused(string text) =>
        Assert.Contains("no usable line", Assert.Throws<PicketException>(() => Read(text)).Message);

    [Fact]
    public void Read_MoreThanFit_IsRefused()
    {
        var lines = string.Concat(Enumerable.Range(0, PlateListFile.MaxEntries + 1).Select(i => $"A{i}\n"));
        Assert.Contains("more than 100000", Assert.Throws<PicketException>(() => Read(lines)).Message);
    }

    [Fact]
    public void Read_Missing_NamesIt() =>
        Assert.Contains("/nonexistent", Assert.Throws<PicketException>(() => PlateListFile.Read("/nonexistent.csv")).Message);
}
