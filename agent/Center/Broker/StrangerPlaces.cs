using System.Net;
using System.Net.Sockets;

namespace Picket.Center.Broker;

/// <summary>The places for clients that have connected and not yet said who they are. Any thread.</summary>
internal sealed class StrangerPlaces(int inAll, int perAddress)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _taken = [];
    private int _all;

    /// <summary>False if there is none left, for this address or at all.</summary>
    public bool TryTake(IPAddress address)
    {
        var key = KeyOf(address);
        lock (_gate)
        {
            var taken = _taken.GetValueOrDefault(key);
            if (_all >= inAll || taken >= perAddress) return false;
            _all++;
            _taken[key] = taken + 1;
            return true;
        }
    }

    public void Give(IPAddress address)
    {
        var key = KeyOf(address);
        lock (_gate)
        {
            _all--;
            if (_taken[key] == 1) _taken.Remove(key);
            else _taken[key]--;
        }
    }

    /// <summary>An IPv6 host has a whole /64 of addresses.</summary>
    private static IPAddress KeyOf(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
