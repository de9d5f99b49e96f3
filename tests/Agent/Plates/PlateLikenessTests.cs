using Picket.Agent.Plates;

namespace Picket.Tests.Agent.Plates;

public sealed class PlateLikenessTests
{
    [Theory]
    [InlineData("ABC123", "ABC123", true)]
    [InlineData("ABC123", "ABC128", true)]
    [InlineData("ABC123", "BC123", true)]
    [InlineData("ABC123", "ABC1X23", true)]
    [InlineData("ABC123", "ABC14", false)]
    [InlineData("ABC123", "ACB123", false)]
    [InlineData("", "AB", false)]
    public void IsAlike_OneMistake_IsAllowed(string one, string other, bool alike)
    {
        Assert.Equal(alike, PlateLikeness.IsAlike(one, other));
        Assert.Equal(alike, PlateLikeness.IsAlike(other, one));
    }

    [Theory]
    [InlineData("RXK736", "RXI36", true)] // two of six
    [InlineData("RXK736", "LEB4821", false)]
    [InlineData("MH12DE1433", "MH12OE1438", true)] // two of ten
    [InlineData("AB12", "AX72", false)] // two of four
    [InlineData("LEB4821", "LEB4", true)] // the half that a post leaves
    [InlineData("LEB4821", "LEB", false)]
    [InlineData("ABCDEFGH12345678", "ABCDEFGH12345679", true)] // the longest text that is read
    public void MayBeOne_Readings_AreOfOnePlate(string one, string other, bool same)
    {
        Assert.Equal(same, PlateLikeness.MayBeOne(one, other));
        Assert.Equal(same, PlateLikeness.MayBeOne(other, one));
    }

    [Theory]
    [InlineData("LEB48", "LEB4821", true)]
    [InlineData("4821", "LEB4821", true)]
    [InlineData("LE821", "LEB4821", true)] // a post before the middle
    [InlineData("LEB4821", "LEB4821", false)]
    [InlineData("LE12", "LEB4821", false)] // not in their order
    [InlineData("", "LEB4821", false)]
    public void IsPart_CharactersInTheirOrder_HalfOrMore(string part, string whole, bool isPart) =>
        Assert.Equal(isPart, PlateLikeness.IsPart(part, whole));
}
