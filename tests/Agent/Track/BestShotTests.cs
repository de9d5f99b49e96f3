using Picket.Agent.Track;

namespace Picket.Tests.Agent.Track;

public sealed class BestShotTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Take_FirstShot_IsTaken() => Assert.True(new BestShot().Take(0.1f, TimeSpan.Zero));

    [Fact]
    public void Take_Worthless_IsNot() => Assert.False(new BestShot().Take(0, TimeSpan.Zero));

    [Fact]
    public void Take_SlightlyBetter_IsNot()
    {
        var best = new BestShot();
        best.Take(0.5f, TimeSpan.Zero);
        Assert.False(best.Take(0.6f, Second));
        Assert.True(best.Take(0.63f, Second));
        Assert.Equal(2, best.Shots);
    }

    // 600 s of the same shot, ten times a second: one look each 2 s, and never an end of it.
    [Fact]
    public void Take_FaceThatStays_IsLookedAtNowAndThen()
    {
        var best = new BestShot();
        var taken = Enumerable.Range(0, 6000).Select(i => best.Take(0.5f, Second * i / 10)).ToArray();
        Assert.Equal(300, taken.Count(t => t));
        Assert.All(Enumerable.Range(0, 60), minute => Assert.Equal(5, taken.Skip(minute * 100).Take(100).Count(t => t)));
    }

    // Always better, four times a second: 8 at once, then one a second.
    [Fact]
    public void Take_AlwaysClearlyBetter_IsBoundedPerTime()
    {
        var best = new BestShot();
        var worth = 1e-6f;
        var taken = 0;
        for (var i = 0; i < 240; i++)
        {
            if (!best.Take(worth, Second * i / 4)) continue;
            taken++;
            worth *= 1.3f;
        }
        Assert.InRange(taken, 60, 60 + BestShot.MaxAtOnce);
    }

    // However long it was far off: coming near within 3 s, it is looked at in every step.
    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(3600)]
    public void Take_FarAndThenNear_IsTakenAgain(int waited)
    {
        var best = new BestShot();
        for (var i = 0; i < waited * 4; i++) best.Take(0.05f, Second * i / 4);
        var taken = 0;
        for (var step = 1; step <= 8; step++)
        {
            if (best.Take(0.05f * MathF.Pow(1.3f, step), Second * waited + Second * step * 0.375)) taken++;
        }
        Assert.InRange(taken, 7, 8);
    }

    [Fact]
    public void Hurry_NextShot_IsTakenWhateverItIsWorth()
    {
        var best = new BestShot();
        best.Take(0.9f, TimeSpan.Zero);
        Assert.False(best.Take(0.1f, Second / 2));
        best.Hurry();
        Assert.True(best.Take(0.1f, Second / 2));
        Assert.False(best.Take(0.1f, Second));
    }

    [Fact]
    public void Forget_AnotherObject_LetsItsOwnBetterShotsIn()
    {
        var best = new BestShot();
        best.Take(0.9f, TimeSpan.Zero);
        best.Forget(0.2f);
        Assert.True(best.Take(0.3f, Second / 2));
    }

    [Fact]
    public void IsDue_FourTimesASecondAtMost()
    {
        var best = new BestShot();
        Assert.Equal(40, Enumerable.Range(0, 1000).Count(i => best.IsDue(Second * i / 100)));
    }

    [Theory]
    [InlineData(100, 100, 56, 0.9f, 0.45f)]   // half the full size
    [InlineData(100, 100, 224, 0.9f, 0.9f)]   // more than the full size does not help
    [InlineData(0, 100, 224, 0.9f, 0.3f)]     // cut by the left edge
    public void Worth_SizeScoreAndEdge_Count(float x, float y, float size, float score, float expected) =>
        Assert.Equal(expected, BestShot.Worth(new Detection(x, y, size, size, score), 1000, 1000, 112), 1e-5f);

    // Less than half, so that one whole shot is enough to leave it out of the template.
    [Theory]
    [InlineData(100, 100, false, 1)]
    [InlineData(100, 100, true, 0.3333f)]
    [InlineData(0, 100, false, 0.3333f)]
    [InlineData(100, 0, false, 0.3333f)]
    [InlineData(900, 100, false, 0.3333f)]
    [InlineData(100, 900, true, 0.3333f)]
    public void Share_CutOrCorrupt_IsAThird(float x, float y, bool corrupt, float expected) =>
        Assert.Equal(expected, BestShot.Share(new Detection(x, y, 100, 100, 1), 1000, 1000, corrupt), 1e-3f);
}
