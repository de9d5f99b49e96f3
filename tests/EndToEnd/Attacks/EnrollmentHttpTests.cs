using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Center.Enroll;
using Picket.Tests.Support;

namespace Picket.Tests.EndToEnd.Attacks;

/// <summary>M9: the one port that reads strangers' bytes speaks HTTP/1.1 and nothing else.</summary>
public sealed class EnrollmentHttpTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Handshake_OfferingHttp2_IsAnsweredWithHttp11()
    {
        var site = new StateFolder(_temp.File("site"));
        Picket.Center.Enroll.Enrollment.CreateSite(site, [], "127.0.0.1", 8883, TimeProvider.System);
        await using var server = await EnrollmentServer.StartAsync(
            site, IPAddress.Loopback, 0, NullLoggerFactory.Instance, TimeProvider.System);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, server.Port);
        await using var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            RemoteCertificateValidationCallback = (_, _, _, _) => true, // what is spoken is looked at, not with whom
        });
        Assert.Equal(SslApplicationProtocol.Http11, tls.NegotiatedApplicationProtocol);
    }
}
