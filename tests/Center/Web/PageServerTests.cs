using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Center.Audit;
using Picket.Center.Enroll;
using Picket.Center.Receive;
using Picket.Center.Store;
using Picket.Center.Web;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Center.Web;

public sealed class PageServerTests : IAsyncLifetime
{
    private static readonly byte[] Jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 1, 0xFF, 0xD9];

    private readonly TempFolder _temp = new();
    private readonly CenterState _state = new();
    private readonly Guid _epoch = Guid.CreateVersion7();
    private readonly List<string> _links = [];
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private StateFolder _site = null!;
    private CenterStore _store = null!;
    private PageServer _server = null!;
    private HttpClient _browser = null!;

    public async Task InitializeAsync()
    {
        _site = new StateFolder(_temp.Path);
        _store = CenterStore.Open(_temp.File("center.db"));
        _server = await Start(0);
        _browser = NewBrowser();
    }

    public async Task DisposeAsync()
    {
        _browser.Dispose();
        await _server.DisposeAsync();
        _store.Dispose();
        _temp.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Get_WithoutSession_IsRefusedEverywhere()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await _browser.GetAsync("/")).StatusCode);
        string[] paths = ["/api/alerts", "/api/alerts/stream", "/api/status", $"/api/crops/{Guid.NewGuid()}"];
        foreach (var path in paths)
            Assert.Equal(HttpStatusCode.Unauthorized, (await _browser.GetAsync(path)).StatusCode);
    }

    [Fact]
    public async Task Enter_Link_OpensThePageOnce()
    {
        var first = await _browser.GetAsync(_links[0]);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal("/", first.RequestMessage!.RequestUri!.AbsolutePath);
        using var another = NewBrowser();
        var second = await another.GetAsync(_links[0]);
        Assert.Equal(HttpStatusCode.Forbidden, second.StatusCode);
        Assert.Contains("fresh link", await second.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, (await another.GetAsync(_links[1])).StatusCode);
    }

    [Fact]
    public async Task Enter_Cookie_IsForThisSiteAndNotForScripts()
    {
        using var plain = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });
        var cookie = (await plain.GetAsync(_links[0])).Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie);
        Assert.Contains("samesite=strict", cookie);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:{0}")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:1")]
    [InlineData("[::1]:{0}")]
    public async Task Get_ForeignHost_IsRefusedEvenWithTheLink(string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _links[0]);
        request.Headers.Host = string.Format(null, host, _server.Port);
        Assert.Equal(HttpStatusCode.BadRequest, (await _browser.SendAsync(request)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _browser.GetAsync(_links[0])).StatusCode);
    }

    [Fact]
    public async Task Get_AnyAnswer_HasStrictHeaders()
    {
        foreach (var path in (string[])[_links[0], "/api/alerts", "/api/nothing", "/assets/app.js"])
        {
            var headers = (await _browser.GetAsync(path)).Headers;
            var policy = headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'", policy);
            Assert.DoesNotContain("unsafe", policy);
            Assert.Equal("nosniff", headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("no-referrer", headers.GetValues("Referrer-Policy").Single());
            Assert.True(headers.CacheControl!.NoStore);
        }
    }

    [Fact]
    public async Task Page_Markup_HasNothingInline()
    {
        var page = await (await _browser.GetAsync(_links[0])).Content.ReadAsStringAsync();
        Assert.DoesNotContain("<style", page);
        Assert.DoesNotContain("style=", page);
        Assert.DoesNotMatch("<script(?![^>]*src=)", page);
        Assert.DoesNotMatch(@"\son[a-z]+=", page);
    }

    [Fact]
    public async Task Alerts_Pages_FollowEachOther()
    {
        for (var seq = 1; seq <= 60; seq++)
            Commit(Events.Face("gate-1", _epoch, seq, Guid.CreateVersion7(), PassagePhase.New, 0));
        await _browser.GetAsync(_links[0]);
        var first = await Json("/api/alerts");
        Assert.Equal(50, first.GetArrayLength());
        var second = await Json($"/api/alerts?before={first[49].GetProperty("cursor").GetString()}");
        Assert.Equal(10, second.GetArrayLength());
        Assert.Equal(HttpStatusCode.BadRequest, (await _browser.GetAsync("/api/alerts?before=x")).StatusCode);
    }

    [Fact]
    public async Task Crop_Stored_IsAJpegAndOthersAreNotFound()
    {
        var crop = Guid.CreateVersion7();
        await _store.CommitAsync([], [new ReceivedCrop(crop, "gate-1", Guid.CreateVersion7(), Jpeg)], Events.Noon);
        await _browser.GetAsync(_links[0]);
        var answer = await _browser.GetAsync($"/api/crops/{crop}");
        Assert.Equal("image/jpeg", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(Jpeg, await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await _browser.GetAsync($"/api/crops/{Guid.NewGuid()}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _browser.GetAsync("/api/crops/..%2f..%2fcenter.db")).StatusCode);
    }

    [Fact]
    public async Task Post_Anything_IsRefused()
    {
        await _browser.GetAsync(_links[0]);
        Assert.Equal(HttpStatusCode.Forbidden, (await _browser.PostAsync("/api/alerts", null)).StatusCode);
    }

    [Fact]
    public async Task Stream_Open_SendsWhatIsCommittedAfterwards()
    {
        await _browser.GetAsync(_links[0]);
        using var stream = await OpenStream(null);
        Assert.Equal("status", (await NextEvent(stream)).Kind);
        Commit(Events.Face("gate-1", _epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0, "Ann"));
        var (kind, id, data) = await NextEvent(stream);
        Assert.Equal(("alert", "1"), (kind, id));
        Assert.Equal("Ann", data.GetProperty("face").GetProperty("person").GetString());
    }

    [Fact]
    public async Task Stream_PlateOnAList_SendsPlateAndEntry()
    {
        await _browser.GetAsync(_links[0]);
        using var stream = await OpenStream(null);
        await NextEvent(stream);
        Commit(Events.Plate("gate-1", _epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0, hit: true));
        var (_, _, data) = await NextEvent(stream);
        Assert.Equal("plate.hit", data.GetProperty("kind").GetString());
        Assert.Equal("LEB4821", data.GetProperty("plate").GetProperty("text").GetString());
        Assert.Equal("case 4711", data.GetProperty("hit").GetProperty("entry").GetString());
    }

    // A kind of a later build has parts that look like ours and are not.
    [Theory]
    [InlineData("smoke.seen")]
    [InlineData("face.match")] // kept by a build that did not know it
    public async Task Alerts_BodyOfAnotherForm_IsARowWithItsKind(string kind)
    {
        var sent = Events.Face("gate-1", _epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0) with { Body = new EventBody() };
        await _store.CommitAsync(
            [new ReceivedEvent(sent, """{"face":{"age":7}}""", new ForeignKind(kind, "{}"))], [], Events.Noon);
        await _browser.GetAsync(_links[0]);
        var row = Assert.Single((await Json("/api/alerts")).EnumerateArray());
        Assert.Equal(kind, row.GetProperty("kind").GetString());
        Assert.Equal(JsonValueKind.Null, row.GetProperty("face").ValueKind);
    }

    [Fact]
    public async Task Stream_LastEventId_ResumesAfterIt()
    {
        var passage = Guid.CreateVersion7();
        Commit(Events.Face("gate-1", _epoch, 1, passage, PassagePhase.New, 0, "First"));
        Commit(Events.Face("gate-1", _epoch, 2, Guid.CreateVersion7(), PassagePhase.New, 0, "Second"));
        await _browser.GetAsync(_links[0]);
        using var stream = await OpenStream("1");
        var (kind, id, data) = await NextEvent(stream);
        Assert.Equal(("alert", "2", "Second"), (kind, id, data.GetProperty("face").GetProperty("person").GetString()));
    }

    [Theory]
    [InlineData("7")] // of a database that had come further
    [InlineData("99999999999999999")]
    public async Task Stream_IdAheadOfTheDatabase_BeginsAnew(string id)
    {
        Commit(Events.Face("gate-1", _epoch, 1, Guid.CreateVersion7(), PassagePhase.New, 0));
        await _browser.GetAsync(_links[0]);
        using var stream = await OpenStream(id);
        Assert.Equal("reset", (await NextEvent(stream)).Kind);
    }

    [Fact]
    public async Task Stream_TooMany_AreRefused()
    {
        await _browser.GetAsync(_links[0]);
        var open = new List<StreamReader>();
        for (var i = 0; i < 8; i++) open.Add(await OpenStream(null)); // of one person
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _browser.GetAsync("/api/alerts/stream")).StatusCode);
        open.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task Start_PortTaken_SaysSo()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var refused = await Assert.ThrowsAsync<PicketException>(() => Start(((IPEndPoint)taken.LocalEndpoint).Port));
        Assert.Contains("--page-port", refused.Message);
    }

    private Task<PageServer> Start(int port) =>
        PageServer.StartAsync(
            new LinkAccess(port, _links.Add, TimeProvider.System), _store.Reader, _state,
            new AuditLog(_temp.File("audit.log"), TimeProvider.System),
            new NodeDesk(_site, new NodeRevocation(_site, null, TimeProvider.System), TimeProvider.System),
            NullLoggerFactory.Instance, TimeProvider.System);

    private HttpClient NewBrowser() => new(new SocketsHttpHandler { CookieContainer = new CookieContainer() })
    {
        BaseAddress = new Uri($"http://127.0.0.1:{_server.Port}"),
    };

    private void Commit(EventEnvelope envelope)
    {
        // SQLite's commit is done when it returns.
        var result = _store.CommitAsync([envelope.Received()], [], Events.Noon.AddHours(1)).GetAwaiter().GetResult();
        _state.CountCommit(result.Stored.Count, result.Duplicates, 0, Events.Noon);
    }

    private async Task<JsonElement> Json(string path) =>
        JsonDocument.Parse(await _browser.GetStringAsync(path)).RootElement;

    private async Task<StreamReader> OpenStream(string? lastEventId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/alerts/stream");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        var answer = await _browser.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _limit.Token);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        return new StreamReader(await answer.Content.ReadAsStreamAsync(_limit.Token));
    }

    private async Task<(string Kind, string Id, JsonElement Data)> NextEvent(StreamReader stream)
    {
        var (kind, id) = ("", "");
        while (true)
        {
            var line = await stream.ReadLineAsync(_limit.Token) ?? throw new EndOfStreamException();
            if (line.StartsWith("id: ")) id = line[4..];
            else if (line.StartsWith("event: ")) kind = line[7..];
            else if (line.StartsWith("data: ")) return (kind, id, JsonDocument.Parse(line[6..]).RootElement);
        }
    }
}
