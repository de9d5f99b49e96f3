using Picket.Agent.Plates.Grammar;

namespace Picket.Tests.Agent.Plates.Grammar;

public sealed class PlatePatternTests
{
    private static readonly Dictionary<string, IReadOnlyList<string>> Words = new()
    {
        ["state"] = ["AP", "AR", "K", "KA"],
        ["bad"] = ["a"],
        ["none"] = [],
    };

    [Theory]
    [InlineData("L{2} D{2} / L{3}", "AB12CDE", true)]
    [InlineData("L{2} D{2} / L{3}", "AB12CD", false)]
    [InlineData("L{2} D{2} / L{3}", "AB12CDEF", false)]
    [InlineData("L{2} D{2} / L{3}", "ABC2CDE", false)]
    [InlineData("L{1,3} D{1,4}", "A1", true)]
    [InlineData("L{1,3} D{1,4}", "ABC1234", true)]
    [InlineData("L{1,3} D{1,4}", "ABCD1234", false)]
    [InlineData("L{1,3} D{1,4}", "1234", false)]
    [InlineData("D L{0,2} D", "12", true)]
    [InlineData("D L{0,2} D", "1AB2", true)]
    [InlineData("A{3}", "A1B", true)]
    [InlineData("[A-C7]{2}", "C7", true)]
    [InlineData("[A-C7]{2}", "D7", false)]
    [InlineData("'BH' D", "BH1", true)]
    [InlineData("'BH'{2} D", "BHBH1", true)]
    [InlineData("'BH' D", "BG1", false)]
    [InlineData("@state D{2}", "AP01", true)]
    [InlineData("@state D{2}", "K01", true)]
    [InlineData("@state D{2}", "KA01", true)]
    [InlineData("@state D{2}", "AK01", false)]
    [InlineData("L", "O", true)] // rare
    [InlineData("L", "Q", false)] // neither usual nor rare
    public void Compile_Pattern_TakesTheTextsItDescribes(string pattern, string text, bool takes) =>
        Assert.Equal(takes, Format(pattern).TryMatch(BruteForceCtc.Encode(text), out _, out _));

    [Theory]
    [InlineData("L{2} D{2} / L{3}", "AB12CDE", 4)]
    [InlineData("L{1,3} / D{1,4}", "AB1234", 2)]
    [InlineData("@state D{1,2} / L{0,2} D{4}", "KA01AB1234", 4)]
    [InlineData("@state D{1,2} / L{0,2} D{4}", "K1AB1234", 2)]
    [InlineData("L{3} D{3}", "ABC123", -1)]
    public void TryMatch_LineBreak_IsBeforeThatCharacter(string pattern, string text, int breakAt)
    {
        Assert.True(Format(pattern).TryMatch(BruteForceCtc.Encode(text), out _, out var found));
        Assert.Equal(breakAt, found);
    }

    [Fact]
    public void TryMatch_RareLetters_AreCounted()
    {
        Assert.True(Format("L{3} 'O' [O]").TryMatch(BruteForceCtc.Encode("OAOOO"), out var rare, out _));
        Assert.Equal(2, rare);
    }

    [Theory]
    [InlineData("L{2} X", "column 6: 'X' is not a token")]
    [InlineData("L{2", "column 2: '{' without '}'")]
    [InlineData("L{x}", "column 2: a count is {m} or {m,n}")]
    [InlineData("L{1,2,3}", "column 2: a count is {m} or {m,n}")]
    [InlineData("L{3,2}", "column 2: a count must be 1 to 16")]
    [InlineData("L{0}", "column 2: a count must be 1 to 16")]
    [InlineData("D [A-", "column 3: '[' without ']'")]
    [InlineData("D []", "column 3: an empty set")]
    [InlineData("D [b]", "column 4: 'b' is neither A-Z nor 0-9")]
    [InlineData("D [C-A]", "column 4: a range must ascend")]
    [InlineData("D [1-A]", "column 4: a range must ascend")]
    [InlineData("D 'BH", "column 3: a literal without its closing '")]
    [InlineData("D ''", "column 3: an empty literal")]
    [InlineData("D 'B-'", "column 5: '-' is neither A-Z nor 0-9")]
    [InlineData("@city D", "column 1: the pack has no words 'city'")]
    [InlineData("@bad D", "column 1: the word 'a' of 'bad' is not made of A-Z and 0-9")]
    [InlineData("@none D", "column 1: the list of words 'none' is empty")]
    [InlineData("/ D", "column 1: a line break before any character")]
    [InlineData("D / / D", "column 5: a line break before any character")]
    [InlineData("", "column 1: the pattern takes an empty text")]
    [InlineData("D{0,3}", "column 1: the pattern takes an empty text")]
    [InlineData("D{16} L", "column 1: the pattern takes more than 16 characters")]
    public void Compile_WrongPattern_SaysWhere(string pattern, string message)
    {
        var error = Assert.Throws<FormatException>(() => Format(pattern));
        Assert.StartsWith(message, error.Message);
    }

    private static PlateFormat Format(string pattern)
    {
        var letters = PlatePattern.Set("ABCDEFGHIJKLMNPRSTUVWXYZ");
        var (arcs, accepts) = PlatePattern.Compile(pattern, letters, PlatePattern.Set("O"), Words);
        return new PlateFormat("xx", pattern, 0, arcs, accepts);
    }
}
