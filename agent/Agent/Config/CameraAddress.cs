using Picket.Wire;

namespace Picket.Agent.Config;

/// <summary>
/// A camera's address, <c>rtsp://[user:password@]host[:port]/path</c>, parsed only by this program, so that no two
/// readers disagree about which part is the host that gets the password.
/// </summary>
internal sealed class CameraAddress
{
    /// <summary>libavformat silently cuts what it sends at this length.</summary>
    private const int MaxChars = 1000;

    private const int RtspPort = 554;

    private static readonly string[] NetworkSchemes = ["rtsp", "rtsps", "http", "https", "rtmp", "rtmps"];

    /// <summary>Without brackets.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Path and query, as they are sent; empty or beginning with '/'. It may hold a recorder's password.</summary>
    public required string Path { get; init; }

    public string? User { get; private init; }

    /// <summary>A secret.</summary>
    public string? Password { get; private init; }

    /// <summary>For messages: the port only where it is not the usual one.</summary>
    public string Place => Port == RtspPort ? HostName.Bracketed(Host) : $"{HostName.Bracketed(Host)}:{Port}";

    /// <summary>As it may be printed.</summary>
    public override string ToString() => CredentialMask.Mask($"rtsp://{Place}{Path}");

    /// <summary>The scheme of an address in lower case, since a scheme has no case; null for the path of a file.</summary>
    public static string? SchemeOf(string text)
    {
        text = text.TrimStart();
        var colon = text.IndexOf(':');
        if (colon <= 0 || text.AsSpan(0, colon).ContainsAnyExcept(SchemeCharacters)) return null;
        var scheme = text[..colon].ToLowerInvariant();
        return text.AsSpan(colon).StartsWith("://") || NetworkSchemes.Contains(scheme) ? scheme : null;
    }

    /// <summary>Why nothing can ever be read from <paramref name="text"/>, an address or a path; null if something may. It
    /// repeats nothing of the text.</summary>
    public static string? Complaint(string text) => SchemeOf(text) switch
    {
        null => null,
        "file" => FilePath(text) is null ? "is not a file's address like file:///srv/clip.mp4" : null,
        "rtsp" => TryParse(text, out _, out var problem) ? null : problem,
        "rtsps" => "is of kind rtsps://, which is not offered, since libavformat encrypts without checking the camera's "
            + "certificate; use rtsp:// on the camera's own network",
        var other => $"is of kind {other}://, which is not read; give rtsp://, or the path of a clip or picture",
    };

    /// <summary>The path in a <c>file://</c> address, or null if it has none on this machine.</summary>
    public static string? FilePath(string text)
    {
        var path = text.TrimStart()[("file".Length + 1)..];
        if (!path.StartsWith("//", StringComparison.Ordinal)) return null;
        path = path[2..];
        const string Here = "localhost";
        if (path.StartsWith(Here + "/", StringComparison.OrdinalIgnoreCase)) path = path[Here.Length..];
        return path.Length > 1 && path[0] == '/' ? Uri.UnescapeDataString(path) : null;
    }

    /// <summary>Parses an <c>rtsp://</c> address.</summary>
    /// <param name="problem">Why it is not one, for a message; it repeats nothing of the text.</param>
    public static bool TryParse(string text, out CameraAddress? address, out string problem)
    {
        address = null;
        problem = Problem(text);
        if (problem.Length > 0) return false;
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var end = rest.AsSpan().IndexOfAny("/?#");
        var authority = end < 0 ? rest : rest[..end];
        var at = authority.LastIndexOf('@');
        if (!HostName.TrySplit(authority[(at + 1)..], RtspPort, out var host, out var port, out problem))
        {
            problem = $"is not an address like rtsp://host:554/path: it {problem}";
            return false;
        }
        var path = end < 0 ? "" : rest[end..];
        var colon = at < 0 ? -1 : authority.IndexOf(':');
        var isColonOfUser = colon >= 0 && colon < at;
        address = new CameraAddress
        {
            Host = host,
            Port = port,
            Path = path.Length > 0 && path[0] != '/' ? $"/{path}" : path,
            User = at < 0 ? null : Uri.UnescapeDataString(authority[..(isColonOfUser ? colon : at)]),
            Password = isColonOfUser ? Uri.UnescapeDataString(authority[(colon + 1)..at]) : null,
        };
        return true;
    }

    /// <summary>This address with another port and path: where a camera redirects to on its own host.</summary>
    public CameraAddress On(int port, string path) =>
        new() { Host = Host, Port = port, Path = path, User = User, Password = Password };

    private static string Problem(string text)
    {
        const string Begin = "rtsp://";
        if (!text.StartsWith(Begin, StringComparison.OrdinalIgnoreCase))
            return "is not an address like rtsp://host:554/path";
        if (text.Length > MaxChars) return $"is longer than {MaxChars} characters";
        if (text.Any(c => c == '\\' || char.IsWhiteSpace(c) || char.IsControl(c)))
            return "has a blank, a backslash or a control character in it; write %20 for a blank";
        var end = text.AsSpan(Begin.Length).IndexOfAny("/?#");
        return end >= 0 && text.AsSpan(Begin.Length + end).Contains('@')
            // In words, since the sign itself after an address would be taken for the end of its credentials.
            ? "has an at sign behind the first '/', '?' or '#', so that nobody can tell where the host begins; in a user's "
                + "name and password write %2F for '/', %3F for '?', %23 for '#', and %40 for an at sign in a path"
            : "";
    }

    private static readonly System.Buffers.SearchValues<char> SchemeCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
}
