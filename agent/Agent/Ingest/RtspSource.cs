using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Picket.Agent.Config;
using Picket.Agent.Ingest.Libav;
using Picket.Wire;

namespace Picket.Agent.Ingest;

/// <summary>
/// A camera read over RTSP, with packets interleaved in the TCP connection; H.264, H.265 or motion JPEG.
/// </summary>
/// <remarks>
/// No stream probing (it costs 5 s): the size is known from the first frame on, and may change with any frame. Every call into the library
/// has a deadline, and what it returns after that is ignored: its timeout codes vary.
/// </remarks>
internal sealed class RtspSource : IFrameSource
{
    /// <summary>libavformat silently truncates user and password at this length.</summary>
    private const int MaxCredentialChars = 127;

    private static readonly string[] Codecs = ["h264", "hevc", "mjpeg"];

    private readonly SourceOptions _options;
    private readonly ReadLimits _limits;
    private readonly LibavStream _stream;
    private readonly string _host;
    private readonly string _subject;
    private StreamClock _clock;
    private long _started;
    private long _number;

    private RtspSource(string displayName, string host, string subject, SourceOptions options, LibavStream stream)
    {
        DisplayName = displayName;
        _host = host;
        _subject = subject;
        _options = options;
        _limits = new ReadLimits(options.FirstPacketTimeout, options.StallTimeout, options.PictureTimeout);
        _stream = stream;
        _clock = new StreamClock(stream.TimeBase);
    }

    public string DisplayName { get; }
    public DecodeEffort Effort { get => _stream.Effort; set => _stream.Effort = value; }
    public long BytesRead => _stream.BytesRead;
    public long BadPackets => _stream.BadPackets;

    /// <summary>
    /// Connects to the camera at <paramref name="url"/> (<c>rtsp://[user:password@]host[:port]/path</c>) and starts its
    /// stream.
    /// </summary>
    /// <exception cref="SourceException">The address is invalid, or the camera can't be reached, refuses, or sends something
    /// unsupported.</exception>
    /// <exception cref="OperationCanceledException">By <paramref name="cancel"/>.</exception>
    public static RtspSource Open(string url, SourceOptions options, CancellationToken cancel = default)
    {
        LibavSelfCheck.Verify();
        if (!CameraAddress.TryParse(url, out var address, out var problem))
        {
            throw new SourceException(SourceErrorKind.Unsupported, $"{options.Address} {problem}", ExitCode.BadUsage);
        }
        return Open(address!, CredentialMask.MaskAddress(url), options, cancel);
    }

    private static RtspSource Open(CameraAddress address, string displayName, SourceOptions options, CancellationToken cancel)
    {
        var subject = options.Name is { } name ? $"camera {name}" : displayName;
        for (var redirects = 0; ; redirects++)
        {
            using var transcript = new RtspTranscript();
            try
            {
                var stream = LibavStream.Open(
                    UrlOf(address, subject, options), LibavOptions(options), probe: false, oneConnection: true, Codecs,
                    options.ConnectTimeout, cancel);
                return new RtspSource(displayName, address.Place, subject, options, stream);
            }
            catch (LibavException e)
            {
                cancel.ThrowIfCancellationRequested();
                var answers = RtspAnswers.Parse(transcript.Text);
                if (answers.Status is >= 300 and < 400 && redirects < RtspRedirect.Most
                    && RtspRedirect.Follow(address, answers.Location) is { } next)
                {
                    address = next;
                    continue;
                }
                var (kind, what) = RtspRefusal.Of(e, answers, address, options.ConnectTimeout);
                throw new SourceException(kind, $"{subject}: {what}");
            }
        }
    }

    public bool TryRead(Frame frame, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        frame.Clear();
        var picture = frame.Memory<LibavPicture>();
        var read = _stream.Read(picture.Handle, _limits, cancel);
        if (read != StreamRead.Picture)
        {
            cancel.ThrowIfCancellationRequested();
            throw ReadFailure(read);
        }
        var now = Stopwatch.GetTimestamp();
        if (picture.GiveTo(frame, _stream.Turn) is { } complaint)
            throw new SourceException(SourceErrorKind.Unsupported, $"{_subject}: {complaint}");
        if (_number == 0) _started = now;
        frame.Number = _number++;
        frame.Arrived = Stopwatch.GetElapsedTime(_started, now);
        frame.Time = _clock.Next(picture.Handle.Timestamp, frame.Arrived);
        frame.At = _options.Time.GetUtcNow();
        frame.DecodedTimestamp = now;
        return true;
    }

    public void Dispose() => _stream.Dispose();

    private static Dictionary<string, string> LibavOptions(SourceOptions options) => new()
    {
        ["rtsp_transport"] = "tcp",
        ["allowed_media_types"] = "video",
        ["protocol_whitelist"] = "rtsp,tcp",
        // The socket's own limit, microseconds: later than the interrupt's deadlines, in case a call doesn't check it.
        ["timeout"] = $"{(long)(options.ConnectTimeout + options.FirstPacketTimeout).TotalMicroseconds}",
    };

    /// <summary>The address as libavformat takes it, credentials escaped.</summary>
    private static string UrlOf(CameraAddress address, string subject, SourceOptions options)
    {
        var (user, password) = options.User is null ? (address.User, address.Password) : (options.User, options.Password);
        var credentials = user is null
            ? ""
            : $"{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(password ?? "")}";
        if (credentials.Length > MaxCredentialChars)
        {
            throw new SourceException(
                SourceErrorKind.Unsupported,
                $"{subject}: user and password are longer than can be sent ({MaxCredentialChars} characters, three for each "
                + "that is not a letter or digit); give the camera a shorter password");
        }
        var at = user is null ? "" : "@";
        return $"rtsp://{credentials}{at}{HostName.Bracketed(address.Host)}:{address.Port}{address.Path}";
    }

    private SourceException ReadFailure(StreamRead read)
    {
        var (kind, what) = read switch
        {
            StreamRead.Interrupted when _stream.BytesRead == 0 => (SourceErrorKind.Stalled,
                $"{_host} agreed to play, but sent nothing for {Seconds(_limits.FirstPacket)}; check the camera and the network"),
            StreamRead.Interrupted => (SourceErrorKind.Stalled,
                $"nothing came from {_host} for {Seconds(_limits.Packet)}; check the camera and the network"),
            StreamRead.NoPicture => (SourceErrorKind.Stalled,
                $"{_host} sends data, but no picture could be decoded for {Seconds(_limits.Picture)}; "
                + "check the camera's key-frame interval"),
            StreamRead.End => (SourceErrorKind.Ended, $"{_host} ended the stream after {_number} frames"),
            _ => (SourceErrorKind.Ended,
                $"the connection to {_host} broke after {_number} frames ({AvError.Describe(_stream.Error)})"),
        };
        return new SourceException(kind, $"{_subject}: {what}");
    }

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds:0.###} s";
}

/// <summary>Where a camera's redirect may lead: to another port or path on the host in the address, and nowhere else, since user and
/// password are sent there.</summary>
internal static class RtspRedirect
{
    /// <summary>Cameras redirect once, from the root to a profile; three leaves room, and more is a loop.</summary>
    public const int Most = 3;

    /// <summary>The address to try next, or null when the redirect must not be followed.</summary>
    public static CameraAddress? Follow(CameraAddress address, string? location)
    {
        if (location is null) return null;
        if (location.StartsWith('/') && !location.StartsWith("//", StringComparison.Ordinal))
            return address.On(address.Port, location);
        // We never send a user and password that the camera names.
        return CameraAddress.TryParse(location, out var to, out _) && IsSameHost(address.Host, to!.Host)
            ? address.On(to.Port, to.Path)
            : null;
    }

    private static bool IsSameHost(string ours, string theirs)
    {
        if (string.Equals(ours, theirs, StringComparison.OrdinalIgnoreCase)) return true;
        // A camera addressed by name may redirect to its numeric address. Names that it gives are not looked up.
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
