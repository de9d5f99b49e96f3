namespace Picket.CameraSim;

/// <summary>
/// One request; header names are compared without regard to case, a repeated header keeps its last value.
/// </summary>
internal sealed record RtspRequest(string Method, string Uri, IReadOnlyDictionary<string, string> Headers)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>Reads request line and headers, without the empty line.</summary>
    /// <exception cref="RtspProtocolException">Not RTSP/1.0.</exception>
    public static RtspRequest Parse(string text)
    {
        var lines = text.Split("\r\n");
        var words = lines[0].Split(' ');
        if (words.Length != 3 || words[2] != "RTSP/1.0")
            throw new RtspProtocolException("not an RTSP/1.0 request line");
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':');
            if (colon <= 0) throw new RtspProtocolException("a header line without a name");
            headers[line[..colon].Trim()] = line[(colon + 1)..].Trim();
        }
        return new RtspRequest(words[0], words[1], headers);
    }
}
