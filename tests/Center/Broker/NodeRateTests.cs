using Microsoft.Extensions.Time.Testing;
using Picket.Center.Broker;
using Picket.Tests.Support;

namespace Picket.Tests.Center.Broker;

public sealed class NodeRateTests
{
    private static readonly BrokerLimits Limits = new() { PacketsPerSecond = 10, BytesPerSecond = 1000, ConnectsPerSecond = 0.5 };

    private readonly FakeTimeProvider _time = new();

    // 40 packets or 4,000 bytes at once, then 10 or 1,000 a second.
    [Theory]
    [InlineData(1, 40)]
    [InlineData(500, 8)]
    public void Take_MoreThanItsShare_WaitsForIt(int bytes, int atOnce)
    {
        var rate = new NodeRate(Limits, _time);
        for (var i = 0; i < atOnce; i++) Assert.Equal(TimeSpan.Zero, rate.Take(bytes));
        var wait = rate.Take(bytes);
        Assert.Equal(bytes == 1 ? 0.1 : 0.5, wait.TotalSeconds, precision: 6);
        _time.Advance(wait + TimeSpan.FromMilliseconds(1));
        Assert.InRange(rate.Take(0).TotalSeconds, 0, 0.1);
    }

    [Fact]
    public void TakesConnect_TooOften_IsRefusedUntilItsTurn()
    {
        var rate = new NodeRate(Limits, _time);
        for (var i = 0; i < 10; i++) Assert.True(rate.TakesConnect());
        Assert.False(rate.TakesConnect());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(rate.TakesConnect());
        Assert.False(rate.TakesConnect());
    }
}
