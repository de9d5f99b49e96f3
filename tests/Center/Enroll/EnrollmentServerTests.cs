using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Link;
using Picket.Center.Enroll;
using Picket.Tests.Support;
using Picket.Wire;
using NodeEnrollment = Picket.Agent.Link.Enrollment;
using SiteEnrollment = Picket.Center.Enroll.Enrollment;

namespace Picket.Tests.Center.Enroll;

/// <summary>The node's side and the center's over a real TLS connection; certificates are judged by openssl.</summary>
public sealed class EnrollmentServerTests : IAsyncLifetime
{
    private readonly TempFolder _temp = new();
    private readonly StateFolder _site;
    private EnrollmentServer _server = null!;

    public EnrollmentServerTests()
    {
        _site = new StateFolder(_temp.File("site"));
        SiteEnrollment.CreateSite(_site, [], "127.0.0.1", 8883, TimeProvider.System);
    }

    private NodeIdentity Identity => new(_temp.File("node"));

    private Uri Url => new($"https://127.0.0.1:{_server.Port}");

    public async Task InitializeAsync() => _server = await StartAsync(_site);

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _temp.Dispose();
    }

    [Fact]
    public async Task Join_Code_LeavesANodeThatOpenSslAccepts()
    {
        Assert.Equal("gate-1", await JoinAsync(await AddAsync("gate-1")));

        Assert.Equal(0, Verify(Identity.CertificateFile).ExitCode);
        using var pair = X509Certificate2.CreateFromPemFile(Identity.CertificateFile, Identity.KeyFile);
        Assert.Equal("CN=gate-1", pair.Subject);
        Assert.Equal(256, pair.GetECDsaPublicKey()!.KeySize);
        Assert.Equal(await File.ReadAllTextAsync(_site.CaCertificate), await File.ReadAllTextAsync(Identity.CaFile));
        Assert.Equal($"https://127.0.0.1:{_server.Port}\n", await File.ReadAllTextAsync(Identity.EnrollmentFile));
        Assert.All(Directory.GetFiles(Identity.StateFolder), path =>
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path)));
        Assert.False(File.Exists(Identity.NextKeyFile));
    }

    [Fact]
    public async Task Join_RefusedByTheCenter_SaysWhyAndChangesNothing()
    {
        await AddAsync("gate-1");
        using var authority = SiteAuthority.Load(_site, TimeProvider.System);

        var error = await Assert.ThrowsAsync<PicketException>(
            () => JoinAsync(JoinCode.Create("gate-1", authority.Certificate)));

        Assert.Contains("no such code for gate-1", error.Message);
        Assert.False(File.Exists(Identity.CertificateFile));
    }

    [Fact]
    public async Task Join_PortOfAnotherSite_IsRefusedBeforeAnythingIsSent()
    {
        var other = new StateFolder(_temp.File("other"));
        SiteEnrollment.CreateSite(other, [], "127.0.0.1", 8883, TimeProvider.System);
        using var stranger = new EnrollmentIdentity(other, TimeProvider.System);

        await RefusesAsync(stranger.Server, "not the center that made the code");
    }

    [Fact]
    public async Task Join_ServerWithTheBrokersCertificate_IsRefusedBeforeAnythingIsSent()
    {
        using var broker = X509Certificate2.CreateFromPemFile(_site.BrokerCertificate, _site.BrokerKey);

        await RefusesAsync(broker, "no enrollment port");
    }

    // What a stolen node could try: the right authority beside a certificate that it did not sign.
    [Fact]
    public async Task Join_OwnCertificateWithTheRightAuthorityInside_IsRefusedBeforeAnythingIsSent()
    {
        using var authority = SiteAuthority.Load(_site, TimeProvider.System);
        using var forged = Forge(authority.Certificate.ToArray());

        await RefusesAsync(forged, "not the center of this site");
    }

    [Fact]
    public async Task Join_NobodyThere_SaysThatTheCodeIsStillGood()
    {
        var code = await AddAsync("gate-1");
        var error = await Assert.ThrowsAsync<PicketException>(() => NodeEnrollment.JoinAsync(
            Identity, new Uri($"https://127.0.0.1:{MosquittoBroker.FreePort()}"), code, TimeProvider.System, default));

        Assert.Contains("can be used again", error.Message);
        await JoinAsync(code);
    }

    [Fact]
    public async Task Renew_DueCertificate_IsReplacedWithANewKeyAndConfirmed()
    {
        await JoinedBeforeAsync(days: 600);
        var oldKey = await File.ReadAllTextAsync(Identity.KeyFile);

        Assert.True(await Renewal().LookAsync(default));
        Assert.False(await Renewal().LookAsync(default));

        Assert.NotEqual(oldKey, await File.ReadAllTextAsync(Identity.KeyFile));
        using var pair = X509Certificate2.CreateFromPemFile(Identity.CertificateFile, Identity.KeyFile);
        Assert.Equal(0, OpenSsl.Run("x509", "-in", Identity.CertificateFile, "-noout", "-checkend", $"{800 * 86400}").ExitCode);
        var entry = Assert.Single(NodeRegistry.Load(_site).Nodes);
        Assert.Equal(pair.SerialNumber, entry.Serial);
        Assert.NotNull(entry.Confirmed);
    }

    [Fact]
    public async Task Renew_ExpiredCertificate_IsReplaced()
    {
        await JoinedBeforeAsync(days: 1000);
        Assert.Contains("certificate has expired", Verify(Identity.CertificateFile).Output);

        Assert.True(await Renewal().LookAsync(default));

        Assert.Equal(0, Verify(Identity.CertificateFile).ExitCode);
    }

    [Fact]
    public async Task Renew_Revoked_IsRefusedAndTheNodeKeepsItsFiles()
    {
        await JoinedBeforeAsync(days: 1000);
        var registry = NodeRegistry.Load(_site);
        registry.Revoke("gate-1", DateTimeOffset.UtcNow);
        registry.Save();

        var error = await Assert.ThrowsAsync<PicketException>(() => Renewal().LookAsync(default));

        Assert.Contains("shut out", error.Message);
        Assert.True(File.Exists(Identity.CertificateFile));
    }

    [Fact]
    public async Task Renew_CertificateOfAnotherAuthority_IsRefusedInTheHandshake()
    {
        await JoinAsync(await AddAsync("gate-1"));
        using var pki = new TestPki(_temp.File("foreign"));
        pki.Issue("gate-1");
        File.Copy(pki.CertificateFile("gate-1"), Identity.CertificateFile, overwrite: true);
        File.Copy(pki.KeyFile("gate-1"), Identity.KeyFile, overwrite: true);

        await Assert.ThrowsAsync<LinkException>(() => Renewal().LookAsync(default));
        Assert.Null(Assert.Single(NodeRegistry.Load(_site).Nodes).Confirmed);
    }

    [Fact]
    public async Task Renew_PowerCutAtEachStepOfTheInstallation_EndsWithAPairThatMatches()
    {
        await JoinedBeforeAsync(days: 600);
        var before = Directory.GetFiles(Identity.StateFolder).ToDictionary(f => f, File.ReadAllText);
        await Renewal().LookAsync(default);
        var (key, certificate) = (File.ReadAllText(Identity.KeyFile), File.ReadAllText(Identity.CertificateFile));

        // The certificate is written, no file is in its place yet; then the key is, and the certificate not.
        foreach (var keyMoved in (bool[])[false, true])
        {
            foreach (var (path, text) in before) await File.WriteAllTextAsync(path, text);
            await File.WriteAllTextAsync(keyMoved ? Identity.KeyFile : Identity.NextKeyFile, key);
            await File.WriteAllTextAsync(Identity.NextCertificateFile, certificate);

            Assert.False(await Renewal().LookAsync(default));

            Assert.Equal(key, await File.ReadAllTextAsync(Identity.KeyFile));
            Assert.Equal(certificate, await File.ReadAllTextAsync(Identity.CertificateFile));
            Assert.False(File.Exists(Identity.NextKeyFile));
            Assert.False(File.Exists(Identity.NextCertificateFile));
        }
    }

    [Fact]
    public async Task Rotation_WhileTheNodeRuns_BringsItToTheNewAuthorityAndEndsTheOld()
    {
        await JoinAsync(await AddAsync("gate-1"));
        await Renewal().LookAsync(default);
        var old = _temp.File("old.pem");
        File.Copy(_site.CaCertificate, old);
        File.Copy(Identity.CertificateFile, _temp.File("old-node.pem"));

        Rotation.Begin(_site, TimeProvider.System);
        Assert.Equal(["gate-1"], Rotation.Behind(_site, TimeProvider.System));
        Assert.Contains("gate-1", Assert.Throws<PicketException>(
            () => Rotation.Finish(_site, force: false, TimeProvider.System)).Message);
        Assert.Throws<PicketException>(() => Rotation.Begin(_site, TimeProvider.System));
        // The old one is still good everywhere, and who joins now gets both.
        Assert.Equal(0, OpenSsl.Run("verify", "-CAfile", _site.BrokerCa, _temp.File("old-node.pem")).ExitCode);
        Assert.Equal(0, OpenSsl.Run("verify", "-CAfile", old, _site.BrokerCertificate).ExitCode);
        var late = new NodeIdentity(_temp.File("late"));
        await NodeEnrollment.JoinAsync(late, Url, await AddAsync("gate-2"), TimeProvider.System, default);
        Assert.Equal(2, Count(late.CaFile));
        Assert.True(await Renewal().LookAsync(default));
        Assert.Equal(2, Count(Identity.CaFile));
        Assert.False(await Renewal().LookAsync(default));
        Assert.False(await Renewal(late, "gate-2").LookAsync(default));
        Assert.Empty(Rotation.Behind(_site, TimeProvider.System));

        Rotation.Finish(_site, force: false, TimeProvider.System);

        Assert.False(File.Exists(_site.OldCaKey));
        Assert.Equal(0, OpenSsl.Run("verify", "-CAfile", _site.CaCertificate, _site.BrokerCertificate).ExitCode);
        Assert.Equal(0, OpenSsl.Run("verify", "-CAfile", _site.CaCertificate, _site.CenterCertificate).ExitCode);
        Assert.NotEqual(0, OpenSsl.Run("verify", "-CAfile", _site.BrokerCa, _temp.File("old-node.pem")).ExitCode);
        Assert.Contains("certificate revoked", OpenSsl.Run(
            "verify", "-CAfile", old, "-crl_check", "-CRLfile", _site.BrokerRevoked, _temp.File("old-node.pem")).Output);
        Assert.False(await Renewal().LookAsync(default)); // over the port's new certificate
        Assert.Equal(1, Count(Identity.CaFile));
        Assert.Equal(0, Verify(Identity.CertificateFile).ExitCode);
    }

    [Fact]
    public async Task Join_CodeFromBeforeTheRotation_WorksWhileItLasts()
    {
        var code = await AddAsync("gate-1");
        Rotation.Begin(_site, TimeProvider.System);

        await JoinAsync(code);

        Assert.Equal(0, Verify(Identity.CertificateFile).ExitCode);
    }

    [Theory]
    [InlineData("POST", "/v1/join", 20_000, HttpStatusCode.RequestEntityTooLarge)]
    [InlineData("POST", "/v1/join", 100, HttpStatusCode.BadRequest)]
    [InlineData("POST", "/v1/renew", 100, HttpStatusCode.BadRequest)]
    [InlineData("GET", "/v1/join", 0, HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/", 0, HttpStatusCode.NotFound)]
    public async Task Request_ThatIsNone_IsRefused(string method, string path, int bytes, HttpStatusCode status)
    {
        using var http = Http();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Url, path));
        if (bytes > 0) request.Content = new StringContent(new string('x', bytes));
        using var response = await http.SendAsync(request);
        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task Renew_WithoutACertificate_IsRefused()
    {
        using var http = Http();
        using var response = await http.PostAsync(
            new Uri(Url, "/v1/renew"), new StringContent($$"""{"v":1,"roots":["{{new string('a', 64)}}"]}"""));
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Join_TooOftenFromOneAddress_HasToWait()
    {
        using var http = Http();
        var last = HttpStatusCode.OK;
        for (var i = 0; i < 11; i++)
        {
            using var response = await http.PostAsync(new Uri(Url, "/v1/join"), new StringContent("{}"));
            last = response.StatusCode;
            if (i < 10) Assert.Equal(HttpStatusCode.BadRequest, last);
        }
        Assert.Equal(HttpStatusCode.TooManyRequests, last);
    }

    [Fact]
    public void Handshake_BelowTls13_IsRefused() =>
        Assert.NotEqual(0, OpenSsl.Run(
            "s_client", "-connect", $"127.0.0.1:{_server.Port}", "-tls1_2", "-brief").ExitCode);

    private static Task<EnrollmentServer> StartAsync(StateFolder site, TimeProvider? time = null) =>
        EnrollmentServer.StartAsync(site, IPAddress.Loopback, 0, NullLoggerFactory.Instance, time ?? TimeProvider.System);

    private Task<JoinCode> AddAsync(string name) =>
        SiteEnrollment.AddNodeAsync(_site, name, TimeSpan.FromDays(1), TimeProvider.System, default);

    private Task<string> JoinAsync(JoinCode code) =>
        NodeEnrollment.JoinAsync(Identity, Url, code, TimeProvider.System, default);

    /// <summary>gate-1 with a certificate from so many days ago, by files.</summary>
    private async Task JoinedBeforeAsync(int days)
    {
        var (bundle, _, _) = SiteEnrollment.Sign(
            _site, NodeEnrollment.Request(Identity, "gate-1"), "gate-1", null, false, Clocks.InDays(-days));
        NodeEnrollment.Install(Identity, bundle, "gate-1");
        await File.WriteAllTextAsync(Identity.EnrollmentFile, $"{Url}");
    }

    private CertificateRenewal Renewal() => Renewal(Identity, "gate-1");

    private static CertificateRenewal Renewal(NodeIdentity identity, string node) =>
        new(identity, node, null, TimeProvider.System, NullLogger.Instance);

    private (int ExitCode, string Output) Verify(string certificate) =>
        OpenSsl.Run("verify", "-CAfile", _site.CaCertificate, "-purpose", "sslclient", certificate);

    private static int Count(string pemFile) => File.ReadAllText(pemFile).Split("BEGIN CERTIFICATE").Length - 1;

    /// <summary>A client that accepts every server: what a stranger has.</summary>
    private static HttpClient Http() => new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
    });

    /// <summary>The node talks to a server with this certificate: it has to end the connection, and not a byte of its
    /// request may have come.</summary>
    private async Task RefusesAsync(X509Certificate2 certificate, string reason)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var code = await AddAsync("gate-1");
        var received = ReceivedAsync(listener, certificate);

        var error = await Assert.ThrowsAsync<PicketException>(() => NodeEnrollment.JoinAsync(
            Identity, new Uri($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"), code,
            TimeProvider.System, default));

        Assert.Contains(reason, error.Message);
        Assert.Contains("nothing was sent", error.Message);
        Assert.Equal(0, await received);
        Assert.False(File.Exists(Identity.CertificateFile));
    }

    private static async Task<int> ReceivedAsync(TcpListener listener, X509Certificate2 certificate)
    {
        using var socket = await listener.AcceptTcpClientAsync();
        await using var tls = new SslStream(socket.GetStream());
        try
        {
            await tls.AuthenticateAsServerAsync(certificate);
            return await tls.ReadAsync(new byte[1]);
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            return 0;
        }
    }

    private static X509Certificate2 Forge(byte[] authority)
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=enrollment", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1")], false));
        // DER by hand: OCTET STRING, length in two bytes.
        byte[] octets = [0x04, 0x82, (byte)(authority.Length >> 8), (byte)authority.Length, .. authority];
        request.CertificateExtensions.Add(new X509Extension(EnrollmentTls.AuthorityExtension, octets, false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
