using System.Security.Cryptography;
using Picket.Agent.Plates.Lists;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Plates.Lists;

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
    [InlineData("AB;12", "separated by semicolons here and by commas")]
    [InlineData("AB\tred", "separated by tabs here and by commas")]
    [InlineData("AB|red", "separated by bars here and by commas")]
    [InlineData("AB+12", "character other than")]
    [InlineData("ABCDEFGHIJKLM", "longer than 12")]
    [InlineData(",note", "there is no plate")]
    [InlineData("A*B", "beginning or the end only")]
    [InlineData("**", "nothing but wildcards")]
    [InlineData("???", "nothing but wildcards")]
    [InlineData("AB12,x,31.12.2026", "must be a date")]
    [InlineData("AB12,x,,10", "priority must be 1 to 9")]
    [InlineData("AB12,x,,1,more", "more than 4 columns")]
    [InlineData("AB12,\"x", "an unclosed quote")]
    [InlineData("AB12,\"x,y", "an unclosed quote")]
    [InlineData("AB12,a\u0007b", "control characters")]
    [InlineData("GOOD-1", "already on line 1")]
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
    [InlineData("", "is empty")]
    [InlineData(" \n\n", "is empty")]
    [InlineData("<html>\n<body>\n", "no usable line")]
    [InlineData("AB+12,x\n", "no usable line")]
    public void Read_NothingUsable_IsRefused(string text, string fault) =>
        Assert.Contains(fault, Assert.Throws<PicketException>(() => Read(text)).Message);

    /// <summary>The last entry was taken off: an empty list, and no damaged one.</summary>
    [Theory]
    [InlineData("plate,note\n")]
    [InlineData("# stolen\n")]
    public void Read_HeadingOrCommentAlone_IsAnEmptyList(string text)
    {
        var (entries, _, problems) = Read(text);
        Assert.Empty(entries);
        Assert.Empty(problems);
    }

    [Fact]
    public void Read_MoreThanFit_UsesTheFirstAndTellsTheRest()
    {
        var lines = string.Concat(Enumerable.Range(0, PlateListFile.MaxEntries + 2).Select(i => $"A{i}\n"));
        var (entries, _, problems) = Read(lines);
        Assert.Equal(100_000, entries.Count);
        Assert.Equal((2, 100_001), (problems.Count, problems[0].Line));
        Assert.Contains("more than 100000", problems[0].Fault);
    }

    [Fact]
    public void Read_MorePatternsThanFit_UsesTheFirstAndTellsTheRest()
    {
        var (entries, _, problems) = Read(string.Concat(Enumerable.Range(0, PlateList.MaxPatterns + 1).Select(i => $"A{i}*\n")) + "B1\n");
        Assert.Equal(1_001, entries.Count); // 1,000 patterns and a plate
        Assert.Contains("more than 1000 plates with", Assert.Single(problems).Fault);
    }

    /// <summary>As spreadsheets write them: no column may become part of a plate.</summary>
    [Theory]
    [InlineData("ABC-124\tred\nLEB-4821\tx1\n")]
    [InlineData("ABC-124;red\nLEB-4821;x1\n")]
    [InlineData("ABC-124|red\nLEB-4821|x1\n")]
    [InlineData("sep=;\r\nABC-124;red\r\nLEB-4821;x1\r\n")]
    [InlineData("=\"ABC-124\",red\n=\"LEB-4821\",x1\n")]
    [InlineData("\"=\"\"ABC-124\"\"\",red\n\"=\"\"LEB-4821\"\"\",x1\n")]
    [InlineData("\"ABC-124\";\"red\";;\n\"LEB-4821\";\"x1\";;\n")]
    [InlineData("ABC-124,red,,,,,\nLEB-4821,x1,,,,,\n")]
    [InlineData("ABC-124,red\rLEB-4821,x1\r")]
    [InlineData("Registration No.,Remarks\nABC-124,red\nLEB-4821,x1\n")]
    [InlineData("\n# stolen\nNumber Plate;Note\nABC-124;red\nLEB-4821;x1\n")]
    [InlineData("Rego,Note\nABC-124,red\nLEB-4821,x1\n")]
    [InlineData("plate\nABC-124,red,2026-12-31\nLEB-4821,x1,,3\n")]
    [InlineData("note\tplate\nred\tABC-124\nx1\tLEB-4821\n")]
    [InlineData("id,plate,color,owner,town,since\nred,ABC-124,1,2,3,4\nx1,LEB-4821,1,2,3,4\n")]
    public void Read_SpreadsheetsOfAllKinds_GiveTheSameTwoEntries(string text)
    {
        var (entries, _, problems) = Read(text);
        Assert.Equal([("ABC124", "red"), ("LEB4821", "x1")], entries.Select(e => (Text(e), e.Note)));
        Assert.Empty(problems);
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-8")]
    public void Read_ByteOrderMark_SaysTheEncoding(string encoding)
    {
        var coding = System.Text.Encoding.GetEncoding(encoding);
        File.WriteAllBytes(_temp.File("list.csv"), [.. coding.GetPreamble(), .. coding.GetBytes("plate\tnote\r\nABC-124\t\u0644\r\n")]);
        var entry = Assert.Single(PlateListFile.Read(_temp.File("list.csv")).Entries);
        Assert.Equal(("ABC124", "\u0644"), (Text(entry), entry.Note));
    }

    // Digits by Unicode's own names: ARABIC-INDIC DIGIT ONE is U+0661, EXTENDED ... U+06F1, DEVANAGARI ... U+0967.
    [Theory]
    [InlineData("LEB-\u06F4\u06F8\u06F2\u06F1")]
    [InlineData("LEB \u0664\u0668\u0662\u0661")]
    [InlineData("leb\u096A\u096E\u0968\u0967")]
    [InlineData("\uFF2C\uFF25\uFF22\uFF14\uFF18\uFF12\uFF11")]
    [InlineData("\u200FLEB\u00A04\u20138\u201421\u200E")]
    public void Read_OtherDigitsBlanksAndMarks_AreTheSamePlate(string plate) =>
        Assert.Equal("LEB4821", Text(Assert.Single(Read(plate).Entries)));

    [Fact]
    public void Read_NoteWithALineBreak_TakesNoPlateFromIt()
    {
        var (entries, _, problems) = Read("ABC124,\"red\ncar 77\",2026-12-31,3\nLEB4821\n");
        Assert.Equal([("ABC124", "red car 77", 3), ("LEB4821", "", 0)], entries.Select(e => (Text(e), e.Note, (int)e.Priority)));
        Assert.Empty(problems);
    }

    [Fact]
    public void Read_FirstLineWithoutADigit_IsDoubted()
    {
        var (entries, _, problems) = Read("VEICOLO\nABC124\n");
        Assert.Equal(2, entries.Count);
        Assert.Contains("a heading begins with 'plate'", Assert.Single(problems).ToString());
        Assert.DoesNotContain("left out", problems[0].ToString());
    }

    [Fact]
    public void Read_PlateTwice_TheMoreUrgentCounts()
    {
        var (entries, _, problems) = Read("ABC124,old,2026-01-31,2\nABC-124,new,2026-12-31,8\n");
        var entry = Assert.Single(entries);
        Assert.Equal(("new", new DateOnly(2026, 12, 31).DayNumber, (byte)8), (entry.Note, entry.LastDay, entry.Priority));
        Assert.Equal(2, Assert.Single(problems).Line);
    }

    [Fact]
    public void Read_Missing_NamesIt() =>
        Assert.Contains("/nonexistent", Assert.Throws<PicketException>(() => PlateListFile.Read("/nonexistent.csv")).Message);
}
