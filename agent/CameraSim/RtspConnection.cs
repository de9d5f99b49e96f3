using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Picket.CameraSim;

/// <summary>
/// Serves one client (RFC 2326, TCP interleaved): reads requests, answers them, and plays meanwhile.
/// </summary>
internal sealed class RtspConnection(Socket socket, IReadOnlyDictionary<string, CameraMount> mounts, TimeProvider time)
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly SemaphoreSlim _writing = new(1);
    private readonly RtspAuthenticator _authenticator = new();
    private readonly string _session = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
    private CameraMount? _mount;
    private StreamPump? _pump;
    private Task _playing = Task.CompletedTask;

    /// <summary>
    /// Ends when the client leaves, the mount drops it, or by cancellation; the socket is closed then.
    /// </summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using var stream = _stream;
        try
        {
            await ServeAsync(ending);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // the mount dropped the client, the stream ended (its error comes out below), or the server stops
        }
        finally
        {
            await ending.CancelAsync();
            await _playing;
            _writing.Dispose();
        }
    }

    private async Task ServeAsync(CancellationTokenSource ending)
    {
        var reader = new RtspRequestReader(_stream);
        CancellationTokenRegistration dropping = default;
        try
        {
            while (await reader.ReadAsync(ending.Token) is { } request)
            {
                if (_mount is null && FindMount(request.Uri) is { } mount)
                {
                    _mount = mount;
                    dropping = mount.Faults.DropToken.Register(ending.Cancel);
                    if (mount.Faults.RefuseConnections) return;
                }
                if (!await AnswerAsync(request, ending)) return;
            }
        }
        catch (RtspProtocolException e)
        {
            await ReplyAsync("0", 400, $"Bad Request ({e.Message})", ending.Token);
        }
        finally
        {
            await dropping.DisposeAsync();
        }
    }

    /// <summary>False if the connection should be closed.</summary>
    private async Task<bool> AnswerAsync(RtspRequest request, CancellationTokenSource ending)
    {
        var cancel = ending.Token;
        var cseq = request.Header("CSeq") ?? throw new RtspProtocolException("no CSeq");
        if (_mount is { } stalling) await stalling.Faults.WaitWhileStalledAsync(cancel);
        if (_mount is { } odd && odd.Faults.Answers.TryGetValue(request.Method, out var answer))
        {
            await WriteAsync(Encoding.ASCII.GetBytes(InsteadOfTheTruth(answer, cseq)), cancel);
            return true;
        }
        if (request.Method == "OPTIONS")
        {
            await ReplyAsync(cseq, 200, "OK", cancel, "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN");
            return true;
        }
        if (_mount is not { } mount)
        {
            await ReplyAsync(cseq, 404, "Not Found", cancel);
            return true;
        }
        if (mount.Credentials is { } credentials && !_authenticator.IsAuthorized(credentials, request))
        {
            await ReplyAsync(
                cseq, 401, "Unauthorized", cancel, $"WWW-Authenticate: {_authenticator.Challenge(credentials.Scheme)}");
            return true;
        }
        switch (request.Method)
        {
            case "DESCRIBE":
                await DescribeAsync(mount, cseq, request.Uri, cancel);
                return true;
            case "SETUP":
                await SetUpAsync(mount, cseq, request.Header("Transport") ?? "", cancel);
                return true;
            case "PLAY":
                await PlayAsync(mount, cseq, request.Uri, ending);
                return true;
            case "GET_PARAMETER": // what clients keep a session alive with
                await ReplyAsync(cseq, 200, "OK", cancel, $"Session: {_session}");
                return true;
            case "TEARDOWN":
                await ReplyAsync(cseq, 200, "OK", cancel, $"Session: {_session}");
                return false;
            default:
                await ReplyAsync(cseq, 501, "Not Implemented", cancel);
                return true;
        }
    }

    private async Task DescribeAsync(CameraMount mount, string cseq, string uri, CancellationToken cancel)
    {
        var description = SessionDescription.Of(mount.CurrentClip);
        await ReplyAsync(
            cseq, 200, "OK", cancel, $"Content-Base: {uri.TrimEnd('/')}/\r\nContent-Type: application/sdp", description);
    }

    private async Task SetUpAsync(CameraMount mount, string cseq, string transport, CancellationToken cancel)
    {
        if (!transport.Contains("RTP/AVP/TCP", StringComparison.OrdinalIgnoreCase))
        {
            await ReplyAsync(cseq, 461, "Unsupported Transport", cancel);
            return;
        }
        if (_playing is not { IsCompleted: true })
        {
            await ReplyAsync(cseq, 455, "Method Not Valid in This State", cancel);
            return;
        }
        var (media, report) = InterleavedChannels(transport);
        _pump = new StreamPump(mount, media, report, time);
        await ReplyAsync(
            cseq, 200, "OK", cancel,
            $"Session: {_session};timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved={media}-{report}");
    }

    private async Task PlayAsync(CameraMount mount, string cseq, string uri, CancellationTokenSource ending)
    {
        if (_pump is not { } pump || !_playing.IsCompleted)
        {
            await ReplyAsync(cseq, 455, "Method Not Valid in This State", ending.Token);
            return;
        }
        var track = $"{uri.TrimEnd('/')}/{SessionDescription.TrackName}";
        await ReplyAsync(
            cseq, 200, "OK", ending.Token,
            $"Session: {_session}\r\nRange: npt=0.000-\r\n"
                + $"RTP-Info: url={track};seq={pump.FirstSequence};rtptime={pump.FirstTimestamp}");
        mount.CountPlay();
        _playing = PlayToEndAsync(pump, ending);
    }

    private async Task PlayToEndAsync(StreamPump pump, CancellationTokenSource ending)
    {
        try
        {
            await pump.RunAsync(WriteAsync, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // the connection ends
        }
        finally
        {
            await ending.CancelAsync();
        }
    }

    private Task ReplyAsync(
        string cseq, int status, string reason, CancellationToken cancel, string headers = "", string body = "")
    {
        var text = new StringBuilder($"RTSP/1.0 {status} {reason}\r\nCSeq: {cseq}\r\n");
        if (headers.Length > 0) text.Append(headers).Append("\r\n");
        if (body.Length > 0) text.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        text.Append("\r\n").Append(body);
        return WriteAsync(Encoding.ASCII.GetBytes(text.ToString()), cancel);
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            await _stream.WriteAsync(bytes, cancel);
        }
        finally
        {
            _writing.Release();
        }
    }

    private static string InsteadOfTheTruth(string answer, string cseq)
    {
        var lines = answer.Split("\r\n", 2);
        var rest = lines.Length == 1 ? "\r\n" : $"{lines[1]}{(lines[1].Contains("\r\n\r\n", StringComparison.Ordinal) ? "" : "\r\n\r\n")}";
        return $"RTSP/1.0 {lines[0]}\r\nCSeq: {cseq}\r\n{rest}";
    }

    private CameraMount? FindMount(string uri)
    {
        if (!Uri.TryCreate(uri, UriKind.Absolute, out var parsed)) return null;
        var path = parsed.AbsolutePath.Trim('/');
        if (path.EndsWith("/" + SessionDescription.TrackName, StringComparison.Ordinal))
            path = path[..^(SessionDescription.TrackName.Length + 1)];
        return mounts.GetValueOrDefault(path);
    }

    private static (byte Media, byte Report) InterleavedChannels(string transport)
    {
        const string Key = "interleaved=";
        var at = transport.IndexOf(Key, StringComparison.OrdinalIgnoreCase);
        if (at < 0) return (0, 1);
        var channels = transport[(at + Key.Length)..].Split(';', ',')[0].Split('-');
        return channels.Length == 2
            && byte.TryParse(channels[0], NumberStyles.None, CultureInfo.InvariantCulture, out var media)
            && byte.TryParse(channels[1], NumberStyles.None, CultureInfo.InvariantCulture, out var report)
            ? (media, report)
            : throw new RtspProtocolException("bad interleaved channels");
    }
}
