using Picket.Agent.Plates.Grammar;
using Picket.Agent.Plates.Lists;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Plates.Lists;

public sealed class PlateTrafficTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    private PlateTraffic Traffic(string formats)
    {
        File.WriteAllText(_temp.File("xx.json"), $$$"""
            {"region":"xx","name":"X","includes":[],"letters":"ABCDEFGHJK","rareLetters":"","words":{},
             "formats":[{{{formats}}}],"confusions":{}}
            """);
        return new PlateTraffic(PlateGrammar.Load(_temp.Path, ["xx"]).Formats);
    }

    private static PlateWildcard Pattern(string text)
    {
        Assert.True(PlateWildcard.TryParse(text, out var pattern, out _));
        return pattern;
    }

    // Ten letters, ten digits; 2 % of all plates have no known format (36 to the power of the characters given).
    [Theory]
    [InlineData("AB12", 0.98 * 0.75 / 10_000)]
    [InlineData("AB123", 0.98 * 0.25 / 100_000)]
    [InlineData("AB*", 0.98 / 100)]
    [InlineData("*12", 0.98 / 100)]
    [InlineData("A?12", 0.98 * 0.75 / 1_000)]
    [InlineData("?B*", 0.98 / 10)]
    public void Probability_OfTwoFormats_IsTheShareOfPlatesThatFit(string pattern, double expected)
    {
        var traffic = Traffic("""{"pattern":"L{2} D{2}","weight":3,"name":"a"},{"pattern":"L{2} D{3}","weight":1,"name":"b"}""");
        var unknown = 0.02 * Math.Pow(36, -pattern.Count(char.IsLetterOrDigit));
        Assert.Equal(1, traffic.Probability(Pattern(pattern)) / (expected + unknown), 6); // weights are floats
    }

    [Fact]
    public void Probability_FitsNoFormat_IsSmallButNotNothing() =>
        Assert.InRange(
            Traffic("""{"pattern":"L{2} D{2}","weight":3,"name":"a"}""").Probability(Pattern("12AB")), 1e-12, 1e-7);
}
