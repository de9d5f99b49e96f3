using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Picket.Tests.Support;

namespace Picket.Tests.Center;

/// <summary>A client that says to the broker (or to the console) what no library would: bytes over mutual TLS.</summary>
internal sealed class RawMqtt : IAsyncDisposable
{
    private readonly TcpClient _socket;
    private readonly SslStream _tls;

    private RawMqtt(TcpClient socket, SslStream tls) => (_socket, _tls) = (socket, tls);

    /// <summary>Opens the connection; in TLS 1.3 the broker's refusal of the certificate comes with the first read.</summary>
    /// <param name="receiveBytes">What its own machine takes for it without being asked.</param>
    public static async Task<RawMqtt> OpenAsync(
        int port, string caFile, X509Certificate2? certificate, CancellationToken cancel, int? receiveBytes = null)
    {
        var socket = new TcpClient();
        if (receiveBytes is { } bytes) socket.ReceiveBufferSize = bytes;
        await socket.ConnectAsync("localhost", port, cancel);
        var tls = new SslStream(socket.GetStream());
        var trust = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        trust.CustomTrustStore.ImportFromPemFile(caFile);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = SslProtocols.Tls13,
                CertificateChainPolicy = trust,
                ClientCertificateContext = certificate is null
                    ? null
                    : SslStreamCertificateContext.Create(certificate, null, offline: true),
            },
            cancel);
        return new RawMqtt(socket, tls);
    }

    /// <summary>CONNECT of MQTT 5 (section 3.1) with a clean start.</summary>
    public async Task ConnectAsync(string clientId, CancellationToken cancel) =>
        await SendAsync(MqttBytes.Connect(clientId), cancel);

    public async Task SendAsync(byte[] bytes, CancellationToken cancel)
    {
        await _tls.WriteAsync(bytes, cancel);
        await _tls.FlushAsync(cancel);
    }

    /// <summary>What the broker says until it closes the connection.</summary>
    public async Task<byte[]> ReadToEndAsync(CancellationToken cancel)
    {
        using var all = new MemoryStream();
        try
        {
            await _tls.CopyToAsync(all, cancel);
        }
        catch (IOException)
        {
            return all.ToArray(); // reset, or the alert that refuses the certificate
        }
        return all.ToArray();
    }

    /// <summary>What has come, at least a byte; nothing when the other side closed.</summary>
    public async Task<byte[]> ReadSomeAsync(CancellationToken cancel)
    {
        var some = new byte[4096];
        return some[..await _tls.ReadAsync(some, cancel)];
    }

    /// <summary>One packet of less than 128 bytes.</summary>
    public async Task<byte[]> ReadPacketAsync(CancellationToken cancel)
    {
        var head = new byte[2];
        await _tls.ReadExactlyAsync(head, cancel);
        var body = new byte[head[1]];
        await _tls.ReadExactlyAsync(body, cancel);
        return [.. head, .. body];
    }

    public async ValueTask DisposeAsync()
    {
        await _tls.DisposeAsync();
        _socket.Dispose();
    }
}
