using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Picket.Tests.Support;

/// <summary>One end of an MQTT connection that does what no broker would: the test says each packet (MQTT 5.0, section 2).
/// Another's code shares nothing with it.</summary>
internal sealed class ScriptedBroker : IAsyncDisposable
{
    public const int Connect = 1, Publish = 3, PublishAck = 4, PingRequest = 12, Disconnect = 14;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;
    private SslStream? _stream;

    /// <param name="name">Whose certificate of <paramref name="pki"/> it shows.</param>
    public ScriptedBroker(TestPki pki, string name = "broker")
    {
        _certificate = X509Certificate2.CreateFromPemFile(pki.CertificateFile(name), pki.KeyFile(name));
        _listener.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Lets one client in, reads its CONNECT and sends a CONNACK with <paramref name="properties"/>.</summary>
    public async Task<byte[]> WelcomeAsync(byte[] properties, CancellationToken cancel)
    {
        var socket = await _listener.AcceptSocketAsync(cancel);
        _stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await _stream.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificate = _certificate,
                ClientCertificateRequired = true,
                EnabledSslProtocols = SslProtocols.Tls13,
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            },
            cancel);
        var (type, connect) = await ReadAsync(cancel);
        Assert.Equal(Connect, type);
        await WriteAsync(2 << 4, [0, 0, (byte)properties.Length, .. properties], cancel);
        return connect;
    }

    /// <summary>Writes a packet whose body is at most 127 bytes long.</summary>
    public Task WriteAsync(int head, byte[] body, CancellationToken cancel) =>
        WriteAsync([(byte)head, (byte)body.Length, .. body], cancel);

    public Task WriteAsync(byte[] bytes, CancellationToken cancel) => _stream!.WriteAsync(bytes, cancel).AsTask();

    /// <summary>A message at QoS 1 (with <paramref name="id"/> above 0) or 0.</summary>
    public Task PublishAsync(string topic, int id, CancellationToken cancel) => WriteAsync(
        (Publish << 4) | (id > 0 ? 2 : 0),
        [0, (byte)topic.Length, .. topic.Select(c => (byte)c), .. id > 0 ? new[] { (byte)(id >> 8), (byte)id } : [], 0, (byte)'x'],
        cancel);

    /// <summary>The next packet's type and body.</summary>
    public async Task<(int Type, byte[] Body)> ReadAsync(CancellationToken cancel)
    {
        var one = new byte[1];
        await _stream!.ReadExactlyAsync(one, cancel);
        var type = one[0] >> 4;
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            await _stream.ReadExactlyAsync(one, cancel);
            length |= (one[0] & 0x7F) << shift;
            if ((one[0] & 0x80) == 0) break;
        }
        var body = new byte[length];
        await _stream.ReadExactlyAsync(body, cancel);
        return (type, body);
    }

    public async ValueTask DisposeAsync()
    {
        if (_stream is not null) await _stream.DisposeAsync();
        _listener.Dispose();
        _certificate.Dispose();
    }
}
