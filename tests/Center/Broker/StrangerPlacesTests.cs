using System.Net;
using Picket.Center.Broker;

namespace Picket.Tests.Center.Broker;

public sealed class StrangerPlacesTests
{
    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1", "10.0.0.2")]
    [InlineData("fd00::1", "fd00::ffff:2", "fd00:0:0:1::1")] // a host has a whole /64
    [InlineData("10.0.0.1", "::ffff:10.0.0.1", "10.0.0.2")]
    public void TryTake_OneAddressWithoutEnd_LeavesPlacesToOthers(string first, string same, string other)
    {
        var places = new StrangerPlaces(inAll: 4, perAddress: 2);
        Assert.True(places.TryTake(IPAddress.Parse(first)) && places.TryTake(IPAddress.Parse(same)));
        Assert.False(places.TryTake(IPAddress.Parse(same)));
        Assert.True(places.TryTake(IPAddress.Parse(other)));
        places.Give(IPAddress.Parse(first));
        Assert.True(places.TryTake(IPAddress.Parse(same)));
    }

    [Fact]
    public void TryTake_ManyAddresses_HaveAnEndTogether()
    {
        var places = new StrangerPlaces(inAll: 3, perAddress: 2);
        for (var i = 1; i <= 3; i++) Assert.True(places.TryTake(new IPAddress([10, 0, 0, (byte)i])));
        Assert.False(places.TryTake(IPAddress.Parse("10.0.0.9")));
        places.Give(IPAddress.Parse("10.0.0.1"));
        Assert.True(places.TryTake(IPAddress.Parse("10.0.0.9")));
    }
}
