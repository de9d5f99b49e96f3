using System.Globalization;
using System.Text;

namespace Picket.CameraSim;

/// <summary>
/// Reads requests from a connection and skips what a client sends between them (interleaved RTCP, bodies).
/// </summary>
internal sealed class RtspRequestReader(Stream stream)
{
    /// <summary>Requests are a few hundred bytes; a digest authorization adds about 300.</summary>
    private const int MaxHeaderBytes = 8 * 1024;

    /// <summary>No request that is served here has a body of more than some parameters.</summary>
    private const int MaxBodyBytes = 8 * 1024;

    private const int InterleavedHeaderBytes = 4;

    private readonly byte[] _buffer = new byte[MaxHeaderBytes];
    private int _begin;
    private int _end;

    private ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_begin, _end - _begin);

    /// <summary>The next request, or null when the client closed the connection.</summary>
    /// <exception cref="RtspProtocolException">Malformed, or above a limit.</exception>
    public async ValueTask<RtspRequest?> ReadAsync(CancellationToken cancel)
    {
        while (await FillAsync(1, cancel))
        {
            if (_buffer[_begin] == '$')
            {
                if (!await FillAsync(InterleavedHeaderBytes, cancel)) return null;
                var length = (_buffer[_begin + 2] << 8) | _buffer[_begin + 3];
                if (!await SkipAsync(InterleavedHeaderBytes + length, cancel)) return null;
                continue;
            }
            if (await ReadHeadAsync(cancel) is not { } head) return null;
            var request = RtspRequest.Parse(head);
            return await SkipAsync(BodyBytes(request), cancel) ? request : null;
        }
        return null;
    }

    private async ValueTask<string?> ReadHeadAsync(CancellationToken cancel)
    {
        int length;
        while ((length = Buffered.IndexOf("\r\n\r\n"u8)) < 0)
        {
            var available = _end - _begin;
            if (available == MaxHeaderBytes) throw new RtspProtocolException($"headers above {MaxHeaderBytes} bytes");
            if (!await FillAsync(available + 1, cancel)) return null;
        }
        var head = Encoding.ASCII.GetString(Buffered[..length]);
        _begin += length + 4;
        return head;
    }

    private static int BodyBytes(RtspRequest request)
    {
        if (request.Header("Content-Length") is not { } text) return 0;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            && bytes <= MaxBodyBytes
            ? bytes
            : throw new RtspProtocolException($"a body above {MaxBodyBytes} bytes");
    }

    /// <summary>False when the connection ends before <paramref name="count"/> bytes are buffered.</summary>
    private async ValueTask<bool> FillAsync(int count, CancellationToken cancel)
    {
        if (_begin + count > _buffer.Length)
        {
            Buffered.CopyTo(_buffer);
            _end -= _begin;
            _begin = 0;
        }
        while (_end - _begin < count)
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancel);
            if (read == 0) return false;
            _end += read;
        }
        return true;
    }

    private async ValueTask<bool> SkipAsync(int count, CancellationToken cancel)
    {
        while (count > 0)
        {
            if (!await FillAsync(1, cancel)) return false;
            var step = Math.Min(count, _end - _begin);
            _begin += step;
            count -= step;
        }
        return true;
    }
}

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

/// <summary>A request that breaks the protocol or a limit; it is answered with 400 and ends its connection.</summary>
internal sealed class RtspProtocolException(string message) : Exception(message);
