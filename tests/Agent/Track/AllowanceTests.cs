using Picket.Agent.Track;

namespace Picket.Tests.Agent.Track;

public sealed class AllowanceTests
{
    private Allowance _allowance = new(3, TimeSpan.FromSeconds(1));

    [Fact]
    public void Take_MoreThanThereIs_IsRefusedUntilOneIsDue()
    {
        Assert.Equal(3, Spend(10, 5));
        Assert.Equal(0, Spend(10.9, 5));
        Assert.Equal(1, Spend(11, 5));
        Assert.Equal(2, Spend(13.5, 5));
        Assert.Equal(1, Spend(14, 5)); // counted from 13, not from 13.5
    }

    [Fact]
    public void Refill_LongAfter_IsNoMoreThanAtFirst()
    {
        Assert.Equal(3, Spend(0, 5));
        Assert.Equal(3, Spend(3600, 5));
    }

    // Whatever the looks cost, an hour gives 3 and one a second.
    [Fact]
    public void Refill_Hour_GivesOneEachTime()
    {
        var spent = 0;
        for (var i = 0; i <= 36_000; i++) spent += Spend(i / 10.0, 1);
        Assert.Equal(3 + 3600, spent);
    }

    [Fact]
    public void Refill_ClockSetBack_GoesOnFromThere()
    {
        Assert.Equal(3, Spend(1000, 5));
        Assert.Equal(0, Spend(10, 5));
        Assert.Equal(1, Spend(11, 5));
    }

    private int Spend(double second, int wanted)
    {
        _allowance.Refill(TimeSpan.FromSeconds(second));
        var spent = Math.Min(wanted, _allowance.Left);
        for (var i = 0; i < spent; i++) _allowance.Take();
        return spent;
    }
}
