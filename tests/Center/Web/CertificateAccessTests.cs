using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Center.Audit;
using Picket.Center.Enroll;
using Picket.Center.Receive;
using Picket.Center.Store;
using Picket.Center.Web;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center.Web;

/// <summary>The console as a site runs it: TLS, and a client certificate for each person.</summary>
public sealed class CertificateAccessTests : IAsyncLifetime
{
    private static readonly byte[] Jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 1, 0xFF, 0xD9];

    private readonly TempFolder _temp = new();
    private readonly CenterState _state = new();
    private readonly Guid _crop = Guid.CreateVersion7();
    private readonly LogLines _log = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private StateFolder _site = null!;
    private CenterStore _store = null!;
    private CertificateAccess _access = null!;
    private PageServer _server = null!;

    public async Task InitializeAsync()
    {
        _site = new StateFolder(_temp.File("site"));
        Enrollment.CreateSite(_site, ["center.line"], "127.0.0.1", 8883, TimeProvider.System);
        _store = CenterStore.Open(_site.Database);
        var face = Events.Face("gate-1", Guid.CreateVersion7(), 1, Guid.CreateVersion7(), PassagePhase.New, 0, crop: _crop);
        await _store.CommitAsync([face.Received()], [new ReceivedCrop(_crop, "gate-1", face.Id, Jpeg)], Events.Noon);
        _access = new CertificateAccess(_site, IPAddress.Loopback, 0, _ => { }, _log, TimeProvider.System);
        _server = await PageServer.StartAsync(
            _access, _store.Reader, _state, new AuditLog(Log, TimeProvider.System),
            new NodeDesk(_site, new NodeRevocation(_site, null, TimeProvider.System), TimeProvider.System),
            NullLoggerFactory.Instance, TimeProvider.System);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _access.Dispose();
        _store.Dispose();
        _temp.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Connect_WithoutACertificate_EndsInTheHandshake()
    {
        using var stranger = OperatorBrowser.New(_site, null, _server.Port);
        await Assert.ThrowsAsync<HttpRequestException>(() => stranger.GetAsync("/"));
    }

    [Fact]
    public async Task Connect_CertificateOfAnotherAuthority_EndsInTheHandshake()
    {
        OperatorBrowser.NewPerson(_site, "anna", OperatorRole.Viewer).Dispose();
        using var pki = new TestPki(_temp.File("pki"));
        pki.Issue("op-anna");
        using var forged = X509Certificate2.CreateFromPemFile(pki.CertificateFile("op-anna"), pki.KeyFile("op-anna"));
        await AssertRefused(forged);
    }

    [Fact]
    public async Task Connect_CertificateOfANode_EndsInTheHandshake()
    {
        var (key, request) = OpenSsl.NewRequest(_temp, "/CN=gate-1");
        var bundle = _temp.File("gate-1.pem");
        await File.WriteAllTextAsync(bundle, Enrollment.Sign(
            _site, await File.ReadAllTextAsync(request), request, null, false, TimeProvider.System).Bundle);
        using var node = X509Certificate2.CreateFromPemFile(bundle, key);
        await AssertRefused(node);
    }

    [Fact]
    public async Task Connect_CertificateThatWasReplaced_EndsInTheHandshake()
    {
        using var before = OperatorBrowser.NewPerson(_site, "anna", OperatorRole.Viewer);
        using var after = OperatorBrowser.NewPerson(_site, "anna", OperatorRole.Viewer);
        await AssertRefused(before);
        using var browser = OperatorBrowser.New(_site, after, _server.Port);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task Connect_ExpiredCertificate_EndsInTheHandshake()
    {
        // The authority signs 825 days: half a day ago they were over.
        using var expired = OperatorBrowser.NewPerson(_site, "anna", OperatorRole.Viewer, Clocks.InDays(-825.5));
        await AssertRefused(expired);
    }

    [Fact]
    public void Connect_OlderTls_IsRefusedAndTheServerIsWhoItSays()
    {
        var (key, request) = OpenSsl.NewRequest(_temp, "/CN=op-anna");
        var certificate = _temp.File("anna.pem");
        File.WriteAllText(certificate, OperatorEnrollment.Sign(
            _site, "anna", OperatorRole.Viewer, File.ReadAllText(request), request, false, TimeProvider.System).Bundle);
        (int ExitCode, string Output) Connect(string version, string host) => OpenSsl.Run(
            "s_client", "-connect", $"localhost:{_server.Port}", "-CAfile", _site.CaCertificate, "-verify_return_error",
            "-verify_hostname", host, "-cert", certificate, "-key", key, version, "-brief");
        Assert.NotEqual(0, Connect("-tls1_2", "localhost").ExitCode);
        Assert.NotEqual(0, Connect("-tls1_3", "elsewhere.line").ExitCode);
        var connected = Connect("-tls1_3", "center.line");
        Assert.Equal(0, connected.ExitCode);
        Assert.Contains("Verification: OK", connected.Output);
    }

    /// <summary>The console's own acts; those of the verbs by which the site is made stand in the site's.</summary>
    private string Log => _temp.File("console.log");

    [Theory]
    [InlineData("/", 200, 200, 200)]
    [InlineData("/api/me", 200, 200, 200)]
    [InlineData("/api/alerts", 200, 200, 200)]
    [InlineData("/api/status", 200, 200, 200)]
    [InlineData("/api/crops/{crop}", 403, 200, 200)]
    [InlineData("/nodes", 403, 403, 200)]
    [InlineData("/api/nodes", 403, 403, 200)]
    public async Task Get_Route_AnswersToItsRoles(string path, int viewer, int reviewer, int administrator)
    {
        path = path.Replace("{crop}", _crop.ToString());
        int[] expected = [viewer, reviewer, administrator];
        foreach (var role in Enum.GetValues<OperatorRole>())
        {
            using var browser = Browser($"p-{(int)role}", role);
            Assert.Equal(expected[(int)role], (int)(await browser.GetAsync(path)).StatusCode);
        }
    }

    [Fact]
    public void Endpoints_Each_NamesItsRole() => Assert.All(
        _server.Endpoints.OfType<RouteEndpoint>(),
        route => Assert.NotNull(route.Metadata.GetMetadata<RequiredRole>()));

    [Fact]
    public async Task Alerts_OfAViewer_NameNoPictures()
    {
        using var viewer = Browser("vera", OperatorRole.Viewer);
        using var reviewer = Browser("rita", OperatorRole.Reviewer);
        Assert.DoesNotContain(_crop.ToString(), await viewer.GetStringAsync("/api/alerts"));
        Assert.Contains(_crop.ToString(), await reviewer.GetStringAsync("/api/alerts"));
        using var stream = await OpenStream(viewer);
        await CommitAsync(_crop);
        string line;
        do line = await stream.ReadLineAsync(_limit.Token) ?? throw new EndOfStreamException();
        while (!line.Contains("\"person\""));
        Assert.DoesNotContain(_crop.ToString(), line);
    }

    [Fact]
    public async Task Crop_EachLook_IsInTheAuditLogWithItsName()
    {
        using var viewer = Browser("vera", OperatorRole.Viewer);
        using var reviewer = Browser("rita", OperatorRole.Reviewer);
        await viewer.GetAsync($"/api/crops/{_crop}");
        await reviewer.GetAsync($"/api/crops/{Guid.NewGuid()}"); // of which there is none
        for (var i = 0; i < 2; i++)
            Assert.Equal(Jpeg, await reviewer.GetByteArrayAsync($"/api/crops/{_crop}"));
        var lines = (await File.ReadAllLinesAsync(Log))
            .Where(line => !line.Contains("\"did\":\"refused\"", StringComparison.Ordinal)).ToArray(); // the viewer's
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line =>
        {
            Assert.Contains("\"who\":\"op-rita\",\"from\":\"127.0.0.1\",\"did\":\"crop.look\"", line);
            Assert.Contains($"\"what\":\"{_crop}\"", line);
        });
    }

    [Fact]
    public async Task Crop_AuditLogThatCannotBeWritten_IsNotShown()
    {
        Directory.CreateDirectory(Log); // nobody can open a folder as a file, root included
        using var reviewer = Browser("rita", OperatorRole.Reviewer);
        var answer = await reviewer.GetAsync($"/api/crops/{_crop}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Get_RevokedOnAnOpenConnection_IsRefusedAndTheStreamEnds()
    {
        using var person = OperatorBrowser.NewPerson(_site, "anna", OperatorRole.Administrator);
        using var browser = OperatorBrowser.New(_site, person, _server.Port);
        using var watching = OperatorBrowser.New(_site, person, _server.Port);
        using var other = Browser("bert", OperatorRole.Viewer);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/api/alerts")).StatusCode);
        using var stream = await OpenStream(watching);
        OperatorEnrollment.Revoke(_site, "anna", TimeProvider.System);
        var page = await browser.GetAsync("/");
        Assert.Equal(HttpStatusCode.Unauthorized, page.StatusCode);
        Assert.Contains("Your access has ended", await page.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.GetAsync("/api/alerts")).StatusCode);
        await CommitAsync(null);
        var rest = await stream.ReadToEndAsync(_limit.Token);
        Assert.DoesNotContain("event: alert", rest);
        Assert.Equal(HttpStatusCode.OK, (await other.GetAsync("/api/alerts")).StatusCode);
        using var again = OperatorBrowser.New(_site, person, _server.Port);
        await Assert.ThrowsAsync<HttpRequestException>(() => again.GetAsync("/"));
    }

    [Fact]
    public async Task Get_RoleChanged_CountsAtTheNextRequest()
    {
        using var browser = Browser("anna", OperatorRole.Viewer);
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.GetAsync("/api/nodes")).StatusCode);
        var list = await File.ReadAllTextAsync(_site.Operators);
        PrivateFiles.Write(_site.Operators, list.Replace("\"viewer\"", "\"administrator\""));
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/api/nodes")).StatusCode);
    }

    [Fact]
    public async Task Get_OperatorListDamaged_LetsNobodyIn()
    {
        using var browser = Browser("anna", OperatorRole.Administrator);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).StatusCode);
        PrivateFiles.Write(_site.Operators, "{");
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.GetAsync("/")).StatusCode);
        Assert.Contains(_log.Lines, line => line.Contains("nobody is let in"));
    }

    [Theory]
    [InlineData("evil.example:{0}", "400")]
    [InlineData("localhost:1", "400")]
    [InlineData("center.line:{0}", "200")]
    public async Task Get_ForeignHost_IsRefused(string host, string status)
    {
        using var person = OperatorBrowser.NewPerson(_site, "anna", OperatorRole.Viewer);
        await using var raw = await RawMqtt.OpenAsync(_server.Port, _site.CaCertificate, person, _limit.Token);
        host = string.Format(null, host, _server.Port);
        await raw.SendAsync(
            Encoding.ASCII.GetBytes($"GET /api/alerts HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), _limit.Token);
        Assert.StartsWith($"HTTP/1.1 {status} ", Encoding.ASCII.GetString(await raw.ReadToEndAsync(_limit.Token)));
    }

    // Fetch metadata as Chromium sends it for a script, a picture or a link on a page of elsewhere.
    [Theory]
    [InlineData("/api/crops/{crop}", "cross-site", "no-cors", "image", 403)]
    [InlineData("/api/alerts", "same-site", "cors", "empty", 403)]
    [InlineData("/api/alerts", "cross-site", "navigate", "document", 403)]
    [InlineData("/", "cross-site", "navigate", "iframe", 403)]
    [InlineData("/", "cross-site", "navigate", "document", 200)]
    [InlineData("/api/alerts", "same-origin", "cors", "empty", 200)]
    public async Task Get_FromAPageOfElsewhere_GetsThePageAlone(string path, string site, string mode, string target, int status)
    {
        using var browser = Browser("anna", OperatorRole.Reviewer);
        using var request = new HttpRequestMessage(HttpMethod.Get, path.Replace("{crop}", _crop.ToString()));
        request.Headers.Add("Sec-Fetch-Site", site);
        request.Headers.Add("Sec-Fetch-Mode", mode);
        request.Headers.Add("Sec-Fetch-Dest", target);
        Assert.Equal(status, (int)(await browser.SendAsync(request)).StatusCode);
        Assert.False(File.Exists(Log));
    }

    // A browser adds the certificate to a request of any page: what changes something needs our own page's token besides.
    [Theory]
    [InlineData("", "https://localhost:{0}", "application/json")]
    [InlineData("0000", "https://localhost:{0}", "application/json")]
    [InlineData("{token}", "https://evil.example", "application/json")]
    [InlineData("{token}", "null", "application/json")]
    [InlineData("{token}", "", "application/json")]
    [InlineData("{token}", "https://localhost:{0}", "text/plain")]
    public async Task Post_NotFromOurOwnPage_ChangesNothing(string token, string origin, string contentType)
    {
        SignNode("gate-1");
        using var browser = Browser("anna", OperatorRole.Administrator);
        var answer = await Revoke(browser, "gate-1", token, origin, contentType);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.False(NodeRegistry.Load(_site).IsRevoked("gate-1"));
    }

    [Fact]
    public async Task Post_TokenOfAnotherPerson_ChangesNothing()
    {
        SignNode("gate-1");
        using var browser = Browser("anna", OperatorRole.Administrator);
        using var other = Browser("bert", OperatorRole.Administrator);
        var answer = await Revoke(browser, "gate-1", await Token(other), "https://localhost:{0}", "application/json");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Post_RevokeByAnAdministrator_IsDoneAndLogged()
    {
        SignNode("gate-1");
        using var reviewer = Browser("rita", OperatorRole.Reviewer);
        using var administrator = Browser("anna", OperatorRole.Administrator);
        Assert.Equal(
            HttpStatusCode.Forbidden,
            (await Revoke(reviewer, "gate-1", "{token}", "https://localhost:{0}", "application/json")).StatusCode);
        var answer = await Revoke(administrator, "gate-1", "{token}", "https://localhost:{0}", "application/json");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(NodeRegistry.Load(_site).IsRevoked("gate-1"));
        Assert.Contains(
            "\"who\":\"op-anna\",\"from\":\"127.0.0.1\",\"did\":\"node.revoke\",\"what\":\"gate-1\"",
            (await File.ReadAllLinesAsync(Log))[^1]);
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await Revoke(administrator, "gate-9", "{token}", "https://localhost:{0}", "application/json")).StatusCode);
    }

    [Fact]
    public async Task Post_HugeBody_IsRefused()
    {
        using var browser = Browser("anna", OperatorRole.Administrator);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/nodes/gate-1/revoke")
        {
            Content = new ByteArrayContent(new byte[1 << 20]),
        };
        request.Headers.ExpectContinue = true;
        Assert.NotEqual(HttpStatusCode.OK, (await browser.SendAsync(request)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task Get_FarTooOften_IsSlowedDownForThatPersonAlone()
    {
        using var browser = Browser("anna", OperatorRole.Viewer);
        using var other = Browser("bert", OperatorRole.Viewer);
        var refused = 0;
        // 300 at once, then 20 a second: 2,000 without a pause are over it on any machine that needs less than 80 s.
        for (var i = 0; i < 2000 && refused == 0; i++)
            if ((await browser.GetAsync("/assets/icon.svg")).StatusCode == HttpStatusCode.TooManyRequests) refused++;
        Assert.Equal(1, refused);
        Assert.Equal(HttpStatusCode.OK, (await other.GetAsync("/assets/icon.svg")).StatusCode);
    }

    [Fact]
    public async Task Get_HugeHeaders_AreRefused()
    {
        using var browser = Browser("anna", OperatorRole.Viewer);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("X-Long", new string('x', 20_000));
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, (await browser.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Connect_TooManyFromOneAddress_AreClosed()
    {
        var sockets = Enumerable.Range(0, CertificateAccess.ConnectionsPerAddress + 16).Select(_ => new TcpClient()).ToArray();
        var ends = sockets.Select(EndAsync).ToList();
        for (var closed = 0; closed < 16; closed++) ends.Remove(await Task.WhenAny(ends).WaitAsync(_limit.Token));
        foreach (var socket in sockets) socket.Dispose();
        await Task.WhenAll(ends);
        using var browser = Browser("anna", OperatorRole.Viewer);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/")).StatusCode);
    }

    private void SignNode(string name)
    {
        var (_, request) = OpenSsl.NewRequest(_temp, $"/CN={name}");
        Enrollment.Sign(_site, File.ReadAllText(request), request, null, false, TimeProvider.System);
    }

    private static async Task<string> Token(HttpClient browser)
    {
        using var me = JsonDocument.Parse(await browser.GetStringAsync("/api/me"));
        return me.RootElement.GetProperty("token").GetString()!;
    }

    private async Task<HttpResponseMessage> Revoke(
        HttpClient browser, string node, string token, string origin, string contentType)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/nodes/{node}/revoke")
        {
            Content = new StringContent("{}", new MediaTypeHeaderValue(contentType)),
        };
        request.Headers.Add(ChangeToken.Header, token == "{token}" ? await Token(browser) : token);
        if (origin.Length > 0) request.Headers.Add("Origin", string.Format(null, origin, _server.Port));
        return await browser.SendAsync(request);
    }

    /// <summary>Connects and says nothing until the server ends it.</summary>
    private async Task EndAsync(TcpClient socket)
    {
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, _server.Port);
            Assert.Equal(0, await socket.GetStream().ReadAsync(new byte[1]));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            return; // reset, even before the system told of the connection
        }
    }

    private async Task AssertRefused(X509Certificate2 certificate)
    {
        using var browser = OperatorBrowser.New(_site, certificate, _server.Port);
        await Assert.ThrowsAsync<HttpRequestException>(() => browser.GetAsync("/assets/icon.svg"));
        Assert.Contains(_log.Lines, line => line.StartsWith("console: refused 1 certificates, the last of '"));
    }

    private HttpClient Browser(string name, OperatorRole role) => OperatorBrowser.Of(_site, name, role, _server.Port);

    private async Task CommitAsync(Guid? crop)
    {
        var face = Events.Face("gate-1", Guid.CreateVersion7(), 2, Guid.CreateVersion7(), PassagePhase.New, 0, crop: crop);
        await _store.CommitAsync([face.Received()], [], Events.Noon);
        _state.CountCommit(1, 0, 0, Events.Noon);
    }

    private async Task<StreamReader> OpenStream(HttpClient browser)
    {
        var answer = await browser.GetAsync("/api/alerts/stream", HttpCompletionOption.ResponseHeadersRead, _limit.Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return new StreamReader(await answer.Content.ReadAsStreamAsync(_limit.Token));
    }
}
