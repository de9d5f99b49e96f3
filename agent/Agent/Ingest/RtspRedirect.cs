using System.Net;
using System.Net.Sockets;
using Picket.Agent.Config;

namespace Picket.Agent.Ingest;

/// <summary>Where a camera's redirect may lead: to another port or path of the host that the address names, and nowhere
/// else, since user and password go there.</summary>
internal static class RtspRedirect
{
    /// <summary>Cameras redirect once, from the root to a profile; three leaves room, and more is a circle.</summary>
    public const int Most = 3;

    /// <summary>The address to try next, or null when the redirect is not to be followed.</summary>
    public static CameraAddress? Follow(CameraAddress address, string? location)
    {
        if (location is null) return null;
        if (location.StartsWith('/') && !location.StartsWith("//", StringComparison.Ordinal))
            return address.On(address.Port, location);
        // Whatever user and password the camera names are not ours to send.
        return CameraAddress.TryParse(location, out var to, out _) && IsSameHost(address.Host, to!.Host)
            ? address.On(to.Port, to.Path)
            : null;
    }

    private static bool IsSameHost(string ours, string theirs)
    {
        if (string.Equals(ours, theirs, StringComparison.OrdinalIgnoreCase)) return true;
        // A camera that is called by its name may call itself by its number. Names that it calls itself are not asked for.
        if (!IPAddress.TryParse(theirs, out var number)) return false;
        if (IPAddress.TryParse(ours, out var own)) return own.Equals(number);
        try
        {
            return Dns.GetHostAddresses(ours).Contains(number);
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
