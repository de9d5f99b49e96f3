using Picket.Agent.Plates;

namespace Picket.Tests.Agent.Plates;

/// <summary>The study's gate: text of 4 characters, 0.15 of both scores' product.</summary>
public sealed class PlateGateTests
{
    [Theory]
    [InlineData("AB12", 0.5f, 0.3f, true)]
    [InlineData("AB12", 0.5f, 0.29f, false)]
    [InlineData("AB12", 1, 0.15f, true)]
    [InlineData("AB1", 1, 1, false)]
    [InlineData("", 1, 0, false)]
    [InlineData("AB12", float.NaN, 1, false)]
    public void Passes_TextAndScores_BothMustReach(string text, float score, float read, bool passes) =>
        Assert.Equal(passes, new PlateGate(4, 0.15f, 0).Passes(score, Read(text, read, 1)));

    [Theory]
    [InlineData(0.1f, true)]
    [InlineData(0.09f, false)]
    [InlineData(float.NaN, false)]
    public void Passes_Confidence_MustReachItsLeast(float confidence, bool passes) =>
        Assert.Equal(passes, new PlateGate(4, 0.15f, 0.1f).Passes(0.9f, Read("AB12", 0.9f, confidence)));

    private static PlateRead Read(string text, float score, float confidence) =>
        new(text, confidence, score, [], 1, null, PlateRead.NoFormat, []);
}
