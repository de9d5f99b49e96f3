using Picket.Agent.Plates.Grammar;
using Picket.Agent.Plates.Lists;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Plates.Lists;

public sealed class PlateConfusionsTests : IDisposable
{
    private const string Sound =
        """{"source":"s","confidences":[0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1],"wrongCharacters":0.02,"pairs":{"0":{"O":0.1},"Q":{"0":0.01}}}""";

    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    private PlateConfusions Load(string text)
    {
        File.WriteAllText(_temp.File("c.json"), text);
        return PlateConfusions.Load(_temp.File("c.json"));
    }

    private static byte[] Classes(string text) => [.. text.Select(c => (byte)PlateAlphabet.Class(c))];

    // By hand: 0.1 * (0.2 + 0.8 * 0.02 / 0.02) = 0.1 at the mean doubt, 0.1 * 0.2 without doubt, at most a half.
    [Theory]
    [InlineData(0.98, 0.1)]
    [InlineData(1, 0.02)]
    [InlineData(0.2, 0.5)]
    public void Probability_ByDoubt_HasTheSharesMean(double confidence, double expected) =>
        Assert.Equal(
            expected, Load(Sound).Probability(PlateAlphabet.Class('0'), PlateAlphabet.Class('O'), confidence), 9);

    [Fact]
    public void Skeleton_ConfusedCharacters_HaveTheSame()
    {
        var confusions = Load(Sound);
        Assert.Equal(confusions.Skeleton(Classes("A0B")), confusions.Skeleton(Classes("AQB"))); // by way of O
        Assert.NotEqual(confusions.Skeleton(Classes("A0B")), confusions.Skeleton(Classes("A1B")));
        Assert.NotEqual(confusions.Skeleton(Classes("A0B")), confusions.Skeleton(Classes("A0")));
    }

    [Theory]
    [InlineData("\"O\":0.1", "\"OO\":0.1")]
    [InlineData("\"O\":0.1", "\"0\":0.1")]
    [InlineData("\"O\":0.1", "\"O\":1")]
    [InlineData("\"O\":0.1", "\"o\":0.1")]
    [InlineData("0.8,0.9,1]", "0.8]")]
    [InlineData("0.8,0.9,1]", "0.8,0.9,2]")]
    [InlineData("\"wrongCharacters\":0.02", "\"wrongCharacters\":0")]
    [InlineData("\"source\":\"s\",", "")]
    [InlineData("{\"source\"", "[")]
    public void Load_Unsound_IsRefusedWithTheRemedy(string sound, string unsound)
    {
        Assert.Contains(sound, Sound);
        var error = Assert.Throws<PicketException>(() => Load(Sound.Replace(sound, unsound)));
        Assert.Contains("make models", error.Message);
        Assert.Equal(ExitCode.PartMissing, error.ExitCode);
    }

    [Fact]
    public void Load_ShippedTable_IsSound() =>
        Assert.InRange(PlateConfusions.Load(Repository.Path("models", "plates", "confusions.json")).Confidences.Average(), 0.5, 1);
}
