using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Picket.Tests.CameraSim;

/// <summary>A bare RTSP client that sees the packets themselves (RFC 2326 10.12), which ffmpeg does not show.</summary>
internal sealed class InterleavedClient : IDisposable
{
    public const int MediaChannel = 4;
    public const int ReportChannel = 5;

    private readonly TcpClient _client = new();

    /// <summary>Connects, plays, and stands behind the answers.</summary>
    public static async Task<InterleavedClient> PlayAsync(int port, string path)
    {
        var client = new InterleavedClient();
        await client._client.ConnectAsync(IPAddress.Loopback, port);
        var url = $"rtsp://127.0.0.1:{port}/{path}";
        await client.AskAsync(
            $"SETUP {url}/track1 RTSP/1.0\r\nCSeq: 1\r\n"
                + $"Transport: RTP/AVP/TCP;unicast;interleaved={MediaChannel}-{ReportChannel}\r\n\r\n");
        await client.AskAsync($"PLAY {url} RTSP/1.0\r\nCSeq: 2\r\n\r\n");
        return client;
    }

    public async Task<(int Channel, byte[] Packet)> ReadAsync()
    {
        var header = await ReadExactlyAsync(4);
        Assert.Equal((byte)'$', header[0]);
        return (header[1], await ReadExactlyAsync((header[2] << 8) | header[3]));
    }

    public void Dispose() => _client.Dispose();

    private async Task AskAsync(string request)
    {
        await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        var answer = new StringBuilder();
        while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            answer.Append((char)(await ReadExactlyAsync(1))[0]);
        Assert.StartsWith("RTSP/1.0 200 ", answer.ToString());
    }

    private async Task<byte[]> ReadExactlyAsync(int count)
    {
        var bytes = new byte[count];
        await _client.GetStream().ReadExactlyAsync(bytes);
        return bytes;
    }
}
