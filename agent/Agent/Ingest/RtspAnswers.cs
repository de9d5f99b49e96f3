using System.Globalization;
using System.Text.RegularExpressions;

namespace Picket.Agent.Ingest;

/// <summary>What a camera answered when asked for its stream. All of it comes from the camera: data, not text for messages.</summary>
internal sealed partial class RtspAnswers
{
    private int _lastStatus;

    /// <summary>Of the last answer that was not "200 OK"; 0 when there was none.</summary>
    public int Status { get; private set; }

    /// <summary>The method it answered, if known.</summary>
    public string? Method { get; private set; }

    /// <summary>Where it redirects to.</summary>
    public string? Location { get; private set; }

    /// <summary>How it wants the client to authenticate, each as in WWW-Authenticate.</summary>
    public List<string> Challenges { get; } = [];

    /// <summary>Something answered, but not in RTSP.</summary>
    public bool IsForeign { get; private set; }

    /// <summary>At least one answer was RTSP.</summary>
    public bool IsRtsp { get; private set; }

    /// <summary>It described what it offers.</summary>
    public bool IsDescribed { get; private set; }

    /// <summary>Video is among it.</summary>
    public bool HasVideo { get; private set; }

    /// <summary>It agreed to send, but not over this connection.</summary>
    public bool IsOtherTransport { get; private set; }

    /// <param name="transcript">Lines as in <see cref="Libav.RtspTranscript"/>.</param>
    public static RtspAnswers Parse(string transcript)
    {
        var answers = new RtspAnswers();
        foreach (var line in transcript.Split('\n')) answers.Take(line.TrimEnd('\r'));
        return answers;
    }

    private void Take(string line)
    {
        if (line.StartsWith("line='", StringComparison.Ordinal))
            TakeAnswer(line["line='".Length..].TrimEnd('\''));
        else if (Failed().Match(line) is { Success: true } failed)
            Method = failed.Groups[1].Value;
        else if (line.StartsWith("Nonmatching transport", StringComparison.Ordinal))
            IsOtherTransport = true;
        else if (line.StartsWith("SDP:", StringComparison.Ordinal))
            IsDescribed = true;
        else if (line.StartsWith("m=video", StringComparison.Ordinal))
            HasVideo = true;
    }

    private void TakeAnswer(string line)
    {
        if (StatusLine().Match(line) is { Success: true } first)
        {
            IsRtsp = true;
            _lastStatus = int.Parse(first.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            if (_lastStatus < 300) return;
            (Status, Method, Location) = (_lastStatus, null, null);
            Challenges.Clear();
        }
        else if (line.Length > 0 && !IsRtsp)
            IsForeign = true;
        else if (_lastStatus >= 300 && Value(line, "Location:") is { } location)
            Location = location;
        else if (_lastStatus >= 300 && Value(line, "WWW-Authenticate:") is { } challenge)
            Challenges.Add(challenge);
    }

    private static string? Value(string line, string header) =>
        line.StartsWith(header, StringComparison.OrdinalIgnoreCase) ? line[header.Length..].Trim() : null;

    [GeneratedRegex(@"^RTSP/\d\.\d\s+(\d{3})\b", RegexOptions.CultureInvariant)]
    private static partial Regex StatusLine();

    [GeneratedRegex(@"^method ([A-Z_]{1,16}) failed: \d{3}", RegexOptions.CultureInvariant)]
    private static partial Regex Failed();
}
