using System.Security.Cryptography.X509Certificates;
using Microsoft.Playwright;
using Picket.Center.Enroll;
using Picket.Mqtt;
using Picket.Tests.Center;
using Picket.Tests.Center.Web;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.EndToEnd;

/// <summary>What operators of the three roles see in a browser that shows their certificate, with the real broker
/// behind.</summary>
public sealed class OperatorConsoleTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(180));
    private readonly List<string> _complaints = [];
    private TestSite _site = null!;
    private RunningCenter _center = null!;
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;
    private MqttConnection _node = null!;
    private Uri _console = null!;
    private Guid _crop;

    private CancellationToken Cancel => _limit.Token;

    public async Task InitializeAsync()
    {
        _site = await TestSite.StartAsync();
        _center = new RunningCenter(_site.Folder, _site.Mosquitto, operators: true);
        _console = await _center.LinkAsync(Cancel);
        _node = await _site.JoinAsync("gate-1", Cancel);
        await SendAlertAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = BrowserFactAttribute.Program,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--no-first-run"],
        });
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await _node.DisposeAsync();
        await _center.DisposeAsync();
        await _site.DisposeAsync();
        _limit.Dispose();
    }

    [BrowserFact]
    public async Task Viewer_SeesTheAlertWithoutItsPicture()
    {
        var page = await OpenAsync("vera", OperatorRole.Viewer);
        await Assertions.Expect(page.Locator(".alert .name")).ToHaveTextAsync("Ann Example");
        await Assertions.Expect(page.Locator("#me")).ToContainTextAsync("You are vera, viewer.");
        await Assertions.Expect(page.Locator("#admin")).ToBeHiddenAsync();
        await Assertions.Expect(page.Locator(".alert img")).ToHaveCountAsync(0);
        await ScreenshotAsync(page, "console-viewer");
        Assert.DoesNotContain("crop.look", await File.ReadAllTextAsync(_site.Folder.Audit, Cancel));
        Assert.Empty(_complaints);
    }

    [BrowserFact]
    public async Task Reviewer_SeesThePictureAndIsLogged()
    {
        var page = await OpenAsync("rita", OperatorRole.Reviewer);
        await Assertions.Expect(page.Locator(".alert img")).ToHaveJSPropertyAsync("naturalWidth", 96);
        await Assertions.Expect(page.Locator("#me")).ToContainTextAsync("logged with your name");
        await ScreenshotAsync(page, "console-reviewer");
        var line = (await File.ReadAllLinesAsync(_site.Folder.Audit, Cancel)).First(one => one.Contains("crop.look"));
        Assert.Contains("\"who\":\"op-rita\"", line);
        Assert.Contains($"\"what\":\"{_crop}\"", line);
        Assert.Empty(_complaints);
    }

    [BrowserFact]
    public async Task Administrator_ShutsANodeOutAndItsConnectionEnds()
    {
        await using var other = await _site.JoinAsync("gate-2", Cancel);
        var page = await OpenAsync("anna", OperatorRole.Administrator);
        await page.GetByRole(AriaRole.Link, new() { Name = "Nodes" }).ClickAsync();
        var row = page.Locator("tr[data-node=gate-1]");
        await Assertions.Expect(page.Locator("#nodes tbody tr")).ToHaveCountAsync(2);
        await ScreenshotAsync(page, "console-nodes");
        await row.GetByRole(AriaRole.Button).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Shut out node gate-1?");
        await ScreenshotAsync(page, "console-ask");
        await page.GetByRole(AriaRole.Button, new() { Name = "Shut out", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("#say")).ToContainTextAsync("gate-1 is shut out", new() { Timeout = 30_000 });
        await Assertions.Expect(row).ToContainTextAsync("shut out on");
        await _node.Closed.WaitAsync(Cancel);
        Assert.False(other.Closed.IsCompleted);
        await ScreenshotAsync(page, "console-shut-out");
        Assert.Empty(_complaints);
    }

    [BrowserFact]
    public async Task Revoked_OpenPage_SaysThatAccessHasEnded()
    {
        var page = await OpenAsync("rita", OperatorRole.Reviewer);
        await Assertions.Expect(page.Locator("#live")).ToHaveTextAsync("Live");
        OperatorEnrollment.Revoke(_site.Folder, "rita", TimeProvider.System);
        await Assertions.Expect(page.Locator("#live")).ToContainTextAsync("No access any more", new() { Timeout = 30_000 });
        await Assertions.Expect(page.Locator(".alert")).ToHaveCountAsync(0);
        await ScreenshotAsync(page, "console-revoked");
    }

    private async Task<IPage> OpenAsync(string name, OperatorRole role)
    {
        using var person = OperatorBrowser.NewPerson(_site.Folder, name, role);
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            // Playwright shows the certificate by a proxy of its own, which does not know the site's authority; that the
            // server is who it says is tested with openssl.
            IgnoreHTTPSErrors = true,
            ClientCertificates =
            [
                new ClientCertificate
                {
                    Origin = _console.GetLeftPart(UriPartial.Authority),
                    Pfx = person.Export(X509ContentType.Pkcs12, "test"),
                    Passphrase = "test",
                },
            ],
        });
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _complaints.Add(message.Text);
        };
        page.PageError += (_, error) => _complaints.Add(error);
        await page.GotoAsync(_console.ToString());
        return page;
    }

    /// <summary>For people who want to see them: PICKET_SCREENSHOTS names a folder.</summary>
    private static async Task ScreenshotAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("PICKET_SCREENSHOTS") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}.png") });
    }

    private async Task SendAlertAsync()
    {
        _crop = Guid.CreateVersion7();
        var face = Events.Face("gate-1", Guid.CreateVersion7(), 1, Guid.CreateVersion7(), PassagePhase.New, 0, crop: _crop);
        await PublishAsync(Topics.Event("gate-1"), WireJson.Write(face));
        var file = _site.Temp.File("crop.jpg");
        await ExternalProgram.OutputOfAsync(
            "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=96x96", "-frames:v", "1", file);
        var pieces = (await File.ReadAllBytesAsync(file, Cancel)).Chunk(CropChunk.MaxDataBytes).ToArray();
        for (var i = 0; i < pieces.Length; i++)
            await PublishAsync(
                Topics.Crop("gate-1"),
                WireJson.Write(new CropChunk(EventEnvelope.SchemaVersion, _crop, "gate-1", face.Id, i, pieces.Length, pieces[i])));
    }

    /// <summary>Until the center is there to take it, as an outbox does.</summary>
    private async Task PublishAsync(string topic, byte[] payload)
    {
        while (await _node.PublishAsync(topic, payload, 1, false, Cancel) != MqttReason.Success) await Task.Delay(50, Cancel);
    }
}
