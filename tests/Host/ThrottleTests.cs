using Picket.Tests.Support;

namespace Picket.Tests.Host;

public sealed class ThrottleTests
{
    [Fact]
    public void Add_ManyTimes_SaysTheFirstAndThenOneAnIntervalForAll()
    {
        var time = Clocks.Still();
        var throttle = new Throttle(time, Throttle.OneSecond);

        Assert.Equal([1, 0, 0], Enumerable.Range(0, 3).Select(_ => throttle.Add()));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([3, 0], Enumerable.Range(0, 2).Select(_ => throttle.Add()));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(2, throttle.Add());
    }
}
