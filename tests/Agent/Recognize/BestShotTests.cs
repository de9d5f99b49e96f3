using Picket.Agent.Detect;
using Picket.Agent.Recognize;

namespace Picket.Tests.Agent.Recognize;

public sealed class BestShotTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Take_FirstShot_IsTaken() => Assert.True(new BestShot().Take(0.1f, TimeSpan.Zero, matched: false));

    [Fact]
    public void Take_SlightlyBetter_IsNot()
    {
        var best = new BestShot();
        best.Take(0.5f, TimeSpan.Zero, matched: true);
        Assert.False(best.Take(0.6f, Second, matched: true));
        Assert.True(best.Take(0.63f, Second, matched: true));
        Assert.Equal(2, best.Shots);
    }

    [Fact]
    public void Take_UnknownFaceThatStays_IsLookedAtAgainAFewTimes()
    {
        var best = new BestShot();
        var taken = Enumerable.Range(0, 600).Count(i => best.Take(0.5f, Second * i / 10, matched: false));
        Assert.Equal(BestShot.MaxShots, taken);
    }

    [Fact]
    public void Take_KnownFaceThatStays_IsNot()
    {
        var best = new BestShot();
        Assert.Equal(1, Enumerable.Range(0, 600).Count(i => best.Take(0.5f, Second * i / 10, matched: true)));
    }

    [Theory]
    [InlineData(100, 100, 56, 0.9f, 0.45f)]   // half the full size
    [InlineData(100, 100, 224, 0.9f, 0.9f)]   // more than the full size does not help
    [InlineData(0, 100, 224, 0.9f, 0.3f)]     // cut by the left edge
    public void Worth_SizeScoreAndEdge_Count(float x, float y, float size, float score, float expected) =>
        Assert.Equal(expected, BestShot.Worth(new Detection(x, y, size, size, score), 1000, 1000, 112), 1e-5f);
}
