using System.Diagnostics;
using Picket.Agent.Ingest.Libav;

namespace Picket.Agent.Ingest;

/// <summary>
/// A camera read over RTSP, its packets interleaved in the TCP connection; H.264, H.265 or motion JPEG.
/// </summary>
/// <remarks>
/// No stream probing (it costs 5 s): the size is known with the first frame, and may change with any. A deadline lies
/// on every call into the library, and what it says after that deadline does not count: its codes for timeouts vary.
/// </remarks>
internal sealed class RtspSource : IFrameSource
{
    private static readonly string[] Codecs = ["h264", "hevc", "mjpeg"];

    private readonly SourceOptions _options;
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
    /// <exception cref="SourceException">The address is no good, or the camera cannot be reached, refuses, or sends
    /// what is not read.</exception>
    /// <exception cref="OperationCanceledException">By <paramref name="cancel"/>.</exception>
    public static RtspSource Open(string url, SourceOptions options, CancellationToken cancel = default)
    {
        LibavSelfCheck.Verify();
        var masked = CredentialMask.Mask(url);
        var subject = options.Name is { } name ? $"camera {name}" : masked;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != "rtsp" || uri.Host.Length == 0)
        {
            throw new SourceException(
                SourceErrorKind.Unsupported, $"{subject}: {masked} is not an address like rtsp://host:554/path",
                ExitCode.BadUsage);
        }
        var host = uri.Port is 554 or -1 ? uri.Host : $"{uri.Host}:{uri.Port}";
        var libavOptions = new Dictionary<string, string>
        {
            ["rtsp_transport"] = "tcp",
            ["allowed_media_types"] = "video",
            ["protocol_whitelist"] = "rtsp,tcp",
            // The socket's own limit, microseconds: behind the interrupt's deadlines, in case a call should not ask it.
            ["timeout"] = $"{(long)(options.ConnectTimeout + options.StallTimeout).TotalMicroseconds}",
        };
        try
        {
            var stream = LibavStream.Open(
                WithCredentials(url, options), libavOptions, probe: false, Codecs, options.ConnectTimeout, cancel);
            return new RtspSource(masked, host, subject, options, stream);
        }
        catch (LibavException e)
        {
            cancel.ThrowIfCancellationRequested();
            throw OpenFailure(e, subject, host, uri.AbsolutePath, options);
        }
    }

    public bool TryRead(Frame frame, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        frame.Clear();
        var read = _stream.Read(frame.Picture, _options.StallTimeout, _options.PictureTimeout, cancel);
        if (read != StreamRead.Picture)
        {
            cancel.ThrowIfCancellationRequested();
            throw ReadFailure(read);
        }
        var now = Stopwatch.GetTimestamp();
        if (frame.Adopt(_stream.Turn) is { } complaint)
            throw new SourceException(SourceErrorKind.Unsupported, $"{_subject}: {complaint}");
        if (_number == 0) _started = now;
        frame.Number = _number++;
        frame.Time = _clock.Next(frame.Picture.Timestamp, Stopwatch.GetElapsedTime(_started, now));
        frame.At = _options.Time.GetUtcNow();
        frame.Corrupt = frame.Picture.Corrupt;
        frame.DecodedTimestamp = now;
        return true;
    }

    public void Dispose() => _stream.Dispose();

    private static string WithCredentials(string url, SourceOptions options)
    {
        if (options.User is null) return url;
        var builder = new UriBuilder(url)
        {
            UserName = Uri.EscapeDataString(options.User),
            Password = Uri.EscapeDataString(options.Password ?? ""),
        };
        return builder.Uri.AbsoluteUri;
    }

    private static SourceException OpenFailure(
        LibavException error, string subject, string host, string path, SourceOptions options)
    {
        var maskedPath = CredentialMask.Mask(path);
        var (kind, what) = error switch
        {
            { Interrupted: true } => (SourceErrorKind.Unreachable,
                $"no answer from {host} within {Seconds(options.ConnectTimeout)}; check the address and the network"),
            { Code: AvError.Unauthorized } => (SourceErrorKind.Unauthorized,
                $"401 Unauthorized from {host}; check user and password"),
            { Code: AvError.Forbidden } => (SourceErrorKind.Unauthorized,
                $"403 Forbidden from {host}; check what this user may see"),
            { Code: AvError.NotFound } => (SourceErrorKind.NotFound,
                $"404 Not Found from {host}; check the path {maskedPath}"),
            { Code: AvError.ConnectionRefused } => (SourceErrorKind.Unreachable,
                $"{host} refused the connection; check that the camera is on and the port is right"),
            { Code: AvError.StreamNotFound } => (SourceErrorKind.Unsupported,
                $"{host} offers no video; check the path {maskedPath}"),
            { Code: AvError.DecoderNotFound } => (SourceErrorKind.Unsupported,
                $"{host} sends {error.Codec ?? "video of an unknown kind"}; set the camera to H.264 or H.265"),
            _ => (SourceErrorKind.Unreachable,
                $"cannot be opened at {host} ({error.Message}); check the address and the network"),
        };
        return new SourceException(kind, $"{subject}: {what}");
    }

    private SourceException ReadFailure(StreamRead read)
    {
        var (kind, what) = read switch
        {
            StreamRead.Interrupted => (SourceErrorKind.Stalled,
                $"nothing came from {_host} for {Seconds(_options.StallTimeout)}; check the camera and the network"),
            StreamRead.NoPicture => (SourceErrorKind.Stalled,
                $"{_host} sends data, but no picture came of it for {Seconds(_options.PictureTimeout)}; "
                + "check the camera's key-frame interval"),
            StreamRead.End => (SourceErrorKind.Ended, $"{_host} ended the stream after {_number} frames"),
            _ => (SourceErrorKind.Ended,
                $"the connection to {_host} broke after {_number} frames ({AvError.Describe(_stream.Error)})"),
        };
        return new SourceException(kind, $"{_subject}: {what}");
    }

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds:0.###} s";
}
