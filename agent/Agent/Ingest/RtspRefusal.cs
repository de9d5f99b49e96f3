using System.Net;
using Picket.Agent.Config;
using Picket.Agent.Ingest.Libav;

namespace Picket.Agent.Ingest;

/// <summary>Why a camera did not open: the kind, and a message with what happened, where, and specific advice.</summary>
internal static class RtspRefusal
{
    private const int HostUnreachable = -113, NetworkUnreachable = -101, InputOutput = -5, InvalidData = -1094995529;

    /// <param name="timeLimit">The limit for opening.</param>
    public static (SourceErrorKind Kind, string What) Of(
        LibavException error, RtspAnswers answers, CameraAddress address, TimeSpan timeLimit)
    {
        var place = address.Place;
        // What the camera itself said takes precedence over what the library made of it.
        if (answers.Status == 401) return NotAuthorized(answers.Challenges, place);
        if (answers.Status is >= 300 and < 400) return Redirected(answers, place);
        if (answers.Status != 0) return Refused(answers, place, PathOf(address));
        if (answers is { IsForeign: true, IsRtsp: false })
            return NotRtsp(place, "; it answers in another protocol");
        if (answers.IsOtherTransport) return NoTcp(place);
        if (answers is { IsDescribed: true, HasVideo: false })
            return (SourceErrorKind.Unsupported, $"{place} offers no video in the path {PathOf(address)}; name one with video");
        return error switch
        {
            { Interrupted: true } => (SourceErrorKind.Unreachable,
                $"no answer from {place} within {timeLimit.TotalSeconds:0.###} s; check the address and the network"),
            { Code: AvError.ConnectionRefused } => (SourceErrorKind.Unreachable,
                $"{place} refused the connection; check that the camera is on and the port is right"),
            { Code: HostUnreachable or NetworkUnreachable } => (SourceErrorKind.Unreachable,
                $"no route to {place} ({error.Message}); check the cable, the address and its network"),
            { Code: InputOutput } when !answers.IsRtsp && !IPAddress.TryParse(address.Host, out _) => (
                SourceErrorKind.Unreachable,
                $"the name {address.Host} can't be found; check it and the name server, or give the numeric address"),
            { Code: AvError.StreamNotFound } => (SourceErrorKind.Unsupported,
                $"{place} offers no video; check the path {PathOf(address)}"),
            { Code: AvError.DecoderNotFound } => (SourceErrorKind.Unsupported,
                $"{place} sends {error.Codec ?? "video of an unknown kind"}; set the camera to H.264 or H.265"),
            { Code: InvalidData or AvError.EndOfFile } when !answers.IsRtsp => NotRtsp(place, " and closed the connection"),
            { Code: InvalidData } => (SourceErrorKind.Unsupported,
                $"the stream description from {place} can't be read; set it to H.264 or H.265, and look for newer firmware"),
            _ => (SourceErrorKind.Unreachable,
                $"can't be opened at {place} ({error.Message}); check the address and the network"),
        };
    }

    private static string PathOf(CameraAddress address) => address.Path.Length == 0 ? "/" : address.Path;

    private static (SourceErrorKind, string) NotRtsp(string place, string how) => (SourceErrorKind.Unsupported,
        $"{place} does not speak RTSP{how}; give the camera's RTSP port, usually 554, not the one of its web page");

    private static (SourceErrorKind, string) NoTcp(string place) => (SourceErrorKind.Unsupported,
        $"{place} offers no RTP over TCP (461 Unsupported Transport); allow TCP (interleaved) in the camera's settings");

    private static (SourceErrorKind, string) NotAuthorized(List<string> challenges, string place)
    {
        if (challenges.Count == 0)
        {
            return (SourceErrorKind.Unauthorized,
                $"401 Unauthorized from {place}, which does not say how to log in; check the camera's authentication setting");
        }
        if (challenges.Any(CanAnswer))
            return (SourceErrorKind.Unauthorized, $"401 Unauthorized from {place}; check user and password");
        return (SourceErrorKind.Unsupported,
            $"{place} wants a login method that is not supported here ({string.Join(", ", challenges.Select(SchemeOf).Distinct())}), so "
            + "no password was sent; allow Digest with MD5, or Basic, in the camera's settings");
    }

    // RFC 7616 3.3 and 3.4: if not stated, it is MD5. libavformat supports no other algorithm and no auth-int.
    private static bool CanAnswer(string challenge)
    {
        if (challenge.StartsWith("Basic", StringComparison.OrdinalIgnoreCase)) return true;
        return challenge.StartsWith("Digest", StringComparison.OrdinalIgnoreCase)
            && Parameter(challenge, "algorithm") is null or "MD5" or "MD5-SESS"
            && (Parameter(challenge, "qop") ?? "AUTH").Split(',').Any(qop => qop.Trim() == "AUTH");
    }

    private static string SchemeOf(string challenge)
    {
        if (challenge.StartsWith("Digest", StringComparison.OrdinalIgnoreCase))
        {
            return Parameter(challenge, "algorithm") is { } algorithm && algorithm.Contains("SHA-256", StringComparison.Ordinal)
                ? "Digest with SHA-256"
                : "an unusual kind of Digest";
        }
        return "neither Digest nor Basic";
    }

    private static string? Parameter(string challenge, string name)
    {
        var at = challenge.IndexOf(name, StringComparison.OrdinalIgnoreCase);
        if (at < 0) return null;
        var rest = challenge[(at + name.Length)..].TrimStart();
        if (!rest.StartsWith('=')) return null;
        rest = rest[1..].TrimStart();
        var value = rest.StartsWith('"') ? rest[1..].Split('"')[0] : rest.Split(',')[0];
        return value.Trim().ToUpperInvariant();
    }

    private static (SourceErrorKind, string) Redirected(RtspAnswers answers, string place)
    {
        var scheme = answers.Location is { } location ? CameraAddress.SchemeOf(location) : null;
        var what = scheme switch
        {
            "rtsps" => "to rtsps://, which is not supported (libavformat encrypts without checking the camera's certificate); "
                + "allow plain RTSP in the camera's settings, on its own network",
            "rtsp" when CameraAddress.TryParse(answers.Location!, out var to, out _) =>
                $"to {to!.Place}; a redirect is followed only on the camera's own host, and "
                + $"{RtspRedirect.Most} times at most: give the address that the stream is really at",
            _ => "without a usable address; give the address that the stream is really at",
        };
        return (SourceErrorKind.Unsupported, $"{place} redirects ({answers.Status}) {what}");
    }

    private static (SourceErrorKind, string) Refused(RtspAnswers answers, string place, string path) => answers.Status switch
    {
        403 => (SourceErrorKind.Unauthorized, $"403 Forbidden from {place}; check what this user may see"),
        404 or 410 => (SourceErrorKind.NotFound, $"{answers.Status} Not Found from {place}; check the path {path}"),
        // PLAY of a path where nothing could be set up.
        _ when answers is { IsDescribed: true, HasVideo: false } => (SourceErrorKind.Unsupported,
            $"{place} offers no video in the path {path} ({answers.Status}); name one with video"),
        453 => (SourceErrorKind.Refused,
            $"453 Not Enough Bandwidth from {place}: it serves no more viewers; close other viewers, or take a smaller stream"),
        461 => NoTcp(place),
        503 => (SourceErrorKind.Refused,
            $"503 Service Unavailable from {place}: it is busy or starting; close other viewers, or restart it if this persists"),
        >= 500 => (SourceErrorKind.Refused,
            $"{place} failed with {answers.Status}{To(answers)}: a fault in the camera; restart it if this persists"),
        406 or 415 => (SourceErrorKind.Unsupported,
            $"{answers.Status} from {place}: it can't describe its stream in SDP; check the path {path}"),
        _ => (SourceErrorKind.Refused,
            $"{place} refused with {answers.Status}{To(answers)}; check the path {path} and the camera's RTSP settings"),
    };

    private static string To(RtspAnswers answers) => answers.Method is { } method ? $" to {method}" : "";
}
