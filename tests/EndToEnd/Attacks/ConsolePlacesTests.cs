using System.Net;
using System.Text.Json;
using Picket.Center.Broker;
using Picket.Center.Enroll;
using Picket.Tests.Center;
using Picket.Tests.Center.Web;
using Picket.Tests.Support;

namespace Picket.Tests.EndToEnd.Attacks;

/// <summary>M7: one viewer opens streams without end; L6: somebody asks for what is not for him; L3: a certificate is about to
/// end. At a real console without a broker.</summary>
public sealed class ConsolePlacesTests : IAsyncLifetime
{
    private readonly TempFolder _temp = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2));
    private StateFolder _site = null!;
    private RunningCenter _center = null!;
    private int _port;

    private CancellationToken Cancel => _limit.Token;

    public async Task InitializeAsync()
    {
        _site = new StateFolder(_temp.File("site"));
        Picket.Center.Enroll.Enrollment.CreateSite(_site, [], "127.0.0.1", 8883, TimeProvider.System);
        _center = new RunningCenter(_site, new BrokerAddress("localhost", 1), operators: true);
        _port = (await _center.LinkAsync(Cancel)).Port;
    }

    public async Task DisposeAsync()
    {
        await _center.DisposeAsync();
        _temp.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Stream_OfOneWhoOpensManyMore_LeavesTheOthersTheirs()
    {
        using var anna = OperatorBrowser.Of(_site, "anna", OperatorRole.Viewer, _port);
        using var bert = OperatorBrowser.Of(_site, "bert", OperatorRole.Viewer, _port);
        var open = new List<HttpResponseMessage>();
        try
        {
            var answers = new List<HttpStatusCode>();
            for (var i = 0; i < 40; i++)
            {
                open.Add(await StreamAsync(anna));
                answers.Add(open[^1].StatusCode);
            }
            Assert.Equal(8, answers.Count(answer => answer == HttpStatusCode.OK));
            Assert.All(answers[8..], answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer));
            open.Add(await StreamAsync(bert));
            Assert.Equal(HttpStatusCode.OK, open[^1].StatusCode);
        }
        finally
        {
            foreach (var response in open) response.Dispose();
        }
    }

    [Fact]
    public async Task Get_PictureByAViewer_IsInTheAuditLogOnceAMinute()
    {
        using var anna = OperatorBrowser.Of(_site, "anna", OperatorRole.Viewer, _port);
        for (var i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.Forbidden, (await anna.GetAsync($"/api/crops/{Guid.NewGuid()}", Cancel)).StatusCode);
        var refused = (await File.ReadAllLinesAsync(_site.Audit, Cancel)).Where(line => line.Contains("\"did\":\"refused\""));
        Assert.Contains("\"who\":\"op-anna\"", Assert.Single(refused));
    }

    // 825 days are given: 50 are left.
    [Fact]
    public async Task Me_CertificateThatEndsInFiftyDays_IsToldToThePersonAndByTheList()
    {
        using var before = OperatorBrowser.NewPerson(_site, "anna", OperatorRole.Viewer, Clocks.InDays(-775));
        using var anna = OperatorBrowser.New(_site, before, _port);
        using var bert = OperatorBrowser.Of(_site, "bert", OperatorRole.Viewer, _port);
        Assert.Contains("operator anna: the certificate ends on", Assert.Single(await EndsAsync(anna)));
        Assert.Empty(await EndsAsync(bert));
        using var carl = OperatorBrowser.Of(_site, "carl", OperatorRole.Administrator, _port);
        Assert.Single(await EndsAsync(carl));
        var list = await CenterProgram.RunAsync("operator", "list", "--state", _site.Root);
        Assert.Contains("operator anna: the certificate ends on", Assert.Single(list.ErrorLines()));
    }

    private static async Task<string[]> EndsAsync(HttpClient browser)
    {
        using var me = JsonDocument.Parse(await browser.GetStringAsync("/api/me"));
        return [.. me.RootElement.GetProperty("ends").EnumerateArray().Select(line => line.GetString()!)];
    }

    private Task<HttpResponseMessage> StreamAsync(HttpClient browser) =>
        browser.GetAsync("/api/alerts/stream", HttpCompletionOption.ResponseHeadersRead, Cancel);
}
