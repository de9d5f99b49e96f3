using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Picket.Wire;

namespace Picket.Agent.Config;

/// <summary>A host and its port as they are written: <c>name:port</c>, <c>10.0.0.7:port</c>, <c>[fd00::12]:port</c>.</summary>
internal static class HostName
{
    /// <summary>RFC 1035: how long a name may be.</summary>
    private const int MaxChars = 253;

    /// <summary>Parses <paramref name="text"/>.</summary>
    /// <param name="defaultPort">The port if there is none; 0 if there must be one.</param>
    /// <param name="host">Without brackets, names in the letters that resolvers take.</param>
    /// <param name="problem">What is wrong, for a message; it repeats nothing of the text.</param>
    public static bool TrySplit(string text, int defaultPort, out string host, out int port, out string problem)
    {
        (host, port, problem) = ("", defaultPort, "");
        var bracket = text.StartsWith('[') ? text.IndexOf(']') : 0;
        var colon = text.LastIndexOf(':');
        if (colon < bracket) colon = -1;
        var name = colon < 0 ? text : text[..colon];
        if (bracket < 0 || (bracket > 0 && bracket != name.Length - 1))
            problem = "has a bracket without its other one";
        else if (bracket == 0 && name.Contains(':'))
            problem = "has an IPv6 address without brackets; write [fd00::12]:PORT";
        else if (colon >= 0 && !IsPort(text.AsSpan(colon + 1), out port))
            problem = "has a port that is none; it must be a number from 1 to 65535";
        else if (colon < 0 && defaultPort == 0)
            problem = "has no port";
        else if (Plain(name, bracket > 0) is { } plain)
            host = plain;
        else
            problem = "has no host's name or address";
        return problem.Length == 0;
    }

    /// <summary>As it is written in an address: IPv6 in brackets.</summary>
    public static string Bracketed(string host) => host.Contains(':') ? $"[{host}]" : host;

    private static bool IsPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= 65535;

    /// <summary>The host, or null for what no resolver could find.</summary>
    private static string? Plain(string name, bool isBracketed)
    {
        if (isBracketed)
        {
            return IPAddress.TryParse(name[1..^1], out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
                ? name[1..^1]
                : null;
        }
        if (name.Length is 0 or > MaxChars || !name.All(c => char.IsLetterOrDigit(c) || c is '-' or '.' or '_')) return null;
        // 192.168.1.300, 10.0.7 and 010.0.0.1: no name ends in a number, and an address must mean the same to everybody.
        if (char.IsAsciiDigit(name[^1]) && name[(name.LastIndexOf('.') + 1)..].All(char.IsAsciiDigit))
            return HostText.Fault(name) is null ? name : null;
        try
        {
            return name.All(char.IsAscii) ? name : new IdnMapping().GetAscii(name);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
