using System.Net;
using System.Net.Sockets;

namespace Picket.Wire;

/// <summary>Host names and addresses as people write them, from tables and by hand.</summary>
public static class HostText
{
    /// <summary>What is wrong with <paramref name="text"/> as a host name or an address; null if nothing is.</summary>
    public static string? Fault(string text)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            // 010.020.000.001 is 8.16.0.1 to programs that take a leading zero for octal (inet_aton), 10.20.0.1 to those that don't;
            // 10.1 and 0x0a000001 are addresses to some and not to others.
            return address.AddressFamily == AddressFamily.InterNetwork && text != address.ToString()
                ? $"an address that is not the same to all; write it as four numbers without leading zeros{Meant(text)}"
                : null;
        }
        var last = text[(text.LastIndexOf('.') + 1)..];
        // No domain is a number (RFC 3696, section 2): it was meant to be an address.
        if (last.Length > 0 && last.All(char.IsAsciiDigit)) return "no address: four numbers of 0 to 255";
        return Uri.CheckHostName(text) == UriHostNameType.Unknown ? "neither a host name nor an address" : null;
    }

    /// <summary>The address of this machine that a listener should have; null with the reason if it is not one.</summary>
    public static IPAddress? Address(string text, out string error)
    {
        error = Fault(text) ?? "";
        if (error.Length > 0) return null;
        if (IPAddress.TryParse(text, out var address)) return address;
        error = "no address; give one of this machine's, such as 127.0.0.1, or 0.0.0.0 for all";
        return null;
    }

    private static string Meant(string text)
    {
        var numbers = text.Split('.');
        return numbers.Length == 4 && numbers.All(number => number.All(char.IsAsciiDigit) && byte.TryParse(number, out _))
            ? $", such as {string.Join('.', numbers.Select(byte.Parse))}"
            : "";
    }
}
