using Microsoft.Playwright;
using Picket.Mqtt;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.EndToEnd;

/// <summary>What an operator sees in a browser, from a node's message over the real broker.</summary>
public sealed class CenterPageTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(120));
    private readonly Guid _epoch = Guid.CreateVersion7();
    private readonly List<string> _complaints = [];
    private readonly TempFolder _temp = new();
    private TestSite _site = null!;
    private RunningCenter _center = null!;
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;
    private MqttConnection _node = null!;
    private long _seq;

    private CancellationToken Cancel => _limit.Token;

    public async Task InitializeAsync()
    {
        _site = await TestSite.StartAsync();
        _center = new RunningCenter(_site.Folder, _site.Mosquitto);
        _node = await _site.JoinAsync("gate-1", Cancel);
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
        _temp.Dispose();
        _limit.Dispose();
    }

    [BrowserFact]
    public async Task Alert_WithItsCrop_AppearsWithoutReloading()
    {
        var page = await OpenAsync();
        await Assertions.Expect(page.GetByText("No alerts yet")).ToBeVisibleAsync();
        await page.EvaluateAsync("window.loadedOnce = true");

        var (passage, crop) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var arrival = await SendAsync(passage, PassagePhase.New, 0, crop);
        var row = page.Locator(".alert");
        await Assertions.Expect(row).ToHaveCountAsync(1);
        await Assertions.Expect(row.Locator(".name")).ToHaveTextAsync("Ann Example");
        await Assertions.Expect(row.Locator(".place")).ToHaveTextAsync("door \u00b7 gate-1");
        await Assertions.Expect(row.Locator(".phase")).ToContainTextAsync("In view");
        await Assertions.Expect(page.Locator("#say")).ToHaveTextAsync("New alert: Ann Example, door \u00b7 gate-1");

        await SendCropAsync(arrival, crop);
        await Assertions.Expect(row.Locator("img")).ToHaveJSPropertyAsync("naturalWidth", 96);

        await SendAsync(passage, PassagePhase.End, 1, crop);
        await Assertions.Expect(row.Locator(".phase")).ToContainTextAsync("Left after");
        await Assertions.Expect(row).ToHaveCountAsync(1);
        Assert.True(await page.EvaluateAsync<bool>("window.loadedOnce"));
        Assert.Empty(_complaints);
    }

    [BrowserFact]
    public async Task Alert_FromBefore_IsThereAfterOpening()
    {
        await SendAsync(Guid.CreateVersion7(), PassagePhase.New, 0, null);
        var page = await OpenAsync();
        await Assertions.Expect(page.Locator(".alert .name")).ToHaveTextAsync("Ann Example");
    }

    [BrowserFact]
    public async Task Alert_NameWithMarkup_IsShownAsText()
    {
        var page = await OpenAsync();
        await SendAsync(Guid.CreateVersion7(), PassagePhase.New, 0, null, "<img src=x onerror=alert(1)>");
        await Assertions.Expect(page.Locator(".alert .name")).ToHaveTextAsync("<img src=x onerror=alert(1)>");
        await Assertions.Expect(page.Locator(".alert img")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Plate_OnAList_IsMarkedWithItsEntryAndReadsComeWithTheSwitchAlone()
    {
        var page = await OpenAsync();
        var read = Events.Plate("gate-1", _epoch, ++_seq, Guid.CreateVersion7(), PassagePhase.New, 0, text: "ABC123");
        var hit = Events.Plate("gate-1", _epoch, ++_seq, Guid.CreateVersion7(), PassagePhase.New, 0, hit: true);
        // The hit's own read comes before it, as a node sends them.
        var own = Events.Plate("gate-1", _epoch, ++_seq, hit.Body.Hit!.Read, PassagePhase.New, 0);
        foreach (var envelope in (EventEnvelope[])[read, own, hit])
            await PublishAsync(Topics.Event("gate-1"), WireJson.Write(envelope));

        var marked = page.Locator(".alert.hit");
        await Assertions.Expect(marked.Locator(".name")).ToHaveTextAsync("LEB4821");
        await Assertions.Expect(marked.Locator(".score")).ToContainTextAsync("On stolen");
        await Assertions.Expect(marked.Locator(".score")).ToContainTextAsync("case 4711 (exact)");
        await Assertions.Expect(page.Locator(".alert")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("#say")).ToContainTextAsync("LEB4821");
        await page.Locator("#reads").CheckAsync();
        await Assertions.Expect(page.Locator(".alert")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator(".alert:not(.call) .name")).ToHaveTextAsync("ABC123");
        var update = Events.Plate("gate-1", _epoch, ++_seq, hit.Body.Hit!.Read, PassagePhase.Update, 1);
        var other = Events.Plate("gate-1", _epoch, ++_seq, Guid.CreateVersion7(), PassagePhase.New, 0, text: "XYZ987");
        await PublishAsync(Topics.Event("gate-1"), WireJson.Write(update));
        await PublishAsync(Topics.Event("gate-1"), WireJson.Write(other));
        await Assertions.Expect(page.Locator(".alert:not(.call)")).ToHaveCountAsync(2);
        await page.Locator("#reads").UncheckAsync();
        await Assertions.Expect(page.Locator(".alert")).ToHaveCountAsync(1);
        await marked.Locator(".open").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("at most one in 10,000 passages");
        Assert.Empty(_complaints);
    }

    [BrowserFact]
    public async Task Face_OnAList_IsAsLoudAsAHit()
    {
        await SendAsync(Guid.CreateVersion7(), PassagePhase.New, 0, null);
        var hit = Events.Plate("gate-1", _epoch, ++_seq, Guid.CreateVersion7(), PassagePhase.New, 0, hit: true);
        await PublishAsync(Topics.Event("gate-1"), WireJson.Write(hit));
        var page = await OpenAsync();
        await Assertions.Expect(page.Locator(".alert")).ToHaveCountAsync(2);
        const string border = "all => all.map(one => getComputedStyle(one).borderTopColor)";
        var colors = await page.Locator(".alert .open").EvaluateAllAsync<string[]>(border);
        Assert.Equal(colors[0], colors[1]);
        var plain = await page.Locator(".figures div").EvaluateAllAsync<string[]>(border);
        Assert.NotEqual(plain[0], colors[0]);
    }

    [BrowserFact]
    public async Task PlatesPicture_InTheDetail_IsShownWhole()
    {
        var (passage, crop) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var hit = Events.Plate("gate-1", _epoch, ++_seq, passage, PassagePhase.New, 0, hit: true, crop: crop);
        await PublishAsync(Topics.Event("gate-1"), WireJson.Write(hit));
        await SendCropAsync(hit, crop);
        var page = await OpenAsync();
        await page.Locator(".alert .open").ClickAsync();
        await Assertions.Expect(page.Locator("#d-shot img")).ToHaveCSSAsync("object-fit", "contain");
    }

    [BrowserFact]
    public async Task Node_Silent_ItsPassagesAreNotInView()
    {
        var page = await OpenAsync();
        await SendAsync(Guid.CreateVersion7(), PassagePhase.New, 0, null);
        await Assertions.Expect(page.Locator("#f-view")).ToHaveTextAsync("1");
        await PublishAsync(Topics.Status("gate-1"), "offline"u8.ToArray());
        await Assertions.Expect(page.Locator("#f-view")).ToHaveTextAsync("0");
        await Assertions.Expect(page.Locator(".alert .phase")).ToContainTextAsync("Node silent");
        await PublishAsync(Topics.Status("gate-1"), "online"u8.ToArray());
        await Assertions.Expect(page.Locator(".alert .phase")).ToContainTextAsync("In view");
    }

    [BrowserFact]
    public async Task Camera_DownAndThenGone_IsShownWithItsReasonAndGoesWithTheNextHealth()
    {
        var page = await OpenAsync();
        var down = new EventBody { CameraState = new CameraStateBody("401 Unauthorized from 10.0.0.7") };
        await PublishAsync(
            Topics.Event("gate-1"), WireJson.Write(Events.Node("gate-1", _epoch, ++_seq, EventKind.CameraDown, down, "old")));
        await Assertions.Expect(page.Locator("#troubles")).ToContainTextAsync("old (401 Unauthorized from 10.0.0.7)");
        var health = new EventBody { Health = new NodeHealthBody(1, 0, [new CameraHealth("door", true, 1, 0, 1, 25)]) };
        await PublishAsync(
            Topics.Event("gate-1"), WireJson.Write(Events.Node("gate-1", _epoch, ++_seq, EventKind.NodeHealth, health)));
        await Assertions.Expect(page.Locator("#troubles")).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task Older_ManyPages_TheWindowMovesToTheOldestAndBack()
    {
        const int all = 420;
        for (var i = 0; i < all; i++) await SendAsync(Guid.CreateVersion7(), PassagePhase.New, 0, null, $"Person {i}");
        var page = await OpenAsync();
        await Assertions.Expect(page.Locator(".alert .name").First).ToHaveTextAsync($"Person {all - 1}");
        var older = page.GetByRole(AriaRole.Button, new() { Name = "Show older alerts" });
        for (var shown = 50; shown < all; shown += 50)
        {
            await older.ClickAsync();
            await Assertions.Expect(page.Locator(".alert .name").Last).ToHaveTextAsync($"Person {Math.Max(0, all - shown - 50)}");
        }
        await Assertions.Expect(older).ToBeHiddenAsync();
        Assert.Equal(300, await page.Locator(".alert").CountAsync());

        // What comes now is above the window: counted, not pushed in.
        await SendAsync(Guid.CreateVersion7(), PassagePhase.New, 0, null, "Somebody new");
        await Assertions.Expect(page.Locator("#jump")).ToHaveTextAsync("1 new alert");
        Assert.Equal(300, await page.Locator(".alert").CountAsync());
        await page.GetByRole(AriaRole.Button, new() { Name = "Show newer alerts" }).ClickAsync();
        await Assertions.Expect(page.Locator(".alert .name").First).ToHaveTextAsync("Person 349");
        await page.Locator("#jump").ClickAsync();
        await Assertions.Expect(page.Locator(".alert .name").First).ToHaveTextAsync("Somebody new");
        await Assertions.Expect(page.Locator(".alert")).ToHaveCountAsync(50);
        Assert.Empty(_complaints);
    }

    [BrowserFact]
    public async Task RightToLeft_WideAndNarrow_NothingHangsOver()
    {
        await SendAsync(Guid.CreateVersion7(), PassagePhase.New, 0, null, "\u0639\u0644\u06CC \u0627\u062D\u0645\u062F");
        var page = await OpenAsync();
        await page.EvaluateAsync("document.documentElement.dir = 'rtl'");
        foreach (var width in (int[])[1280, 390, 320])
        {
            await page.SetViewportSizeAsync(width, 800);
            Assert.Equal(0, await page.EvaluateAsync<int>(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"));
        }
        var bar = await page.Locator(".alert .open").EvaluateAsync<string>("one => getComputedStyle(one, '::before').right");
        Assert.Equal("0px", bar);
    }

    [BrowserFact]
    public async Task Detail_ByKeyboard_OpensAndGivesTheFocusBack()
    {
        await SendAsync(Guid.CreateVersion7(), PassagePhase.New, 0, null);
        var page = await OpenAsync();
        await page.Locator(".alert .open").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("0.710, needs 0.470");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Locator(".alert .open")).ToBeFocusedAsync();
    }

    [BrowserFact]
    public async Task Broker_Gone_IsShownAndItsReturnAsWell()
    {
        var page = await OpenAsync();
        await Assertions.Expect(page.Locator("#live")).ToHaveTextAsync("Live");
        await _site.Broker.KillAsync();
        await Assertions.Expect(page.Locator("#live")).ToContainTextAsync("Broker not reachable");
        await _site.Broker.StartAsync();
        await Assertions.Expect(page.Locator("#live")).ToHaveTextAsync("Live", new() { Timeout = 30_000 });
    }

    private async Task<IPage> OpenAsync()
    {
        var page = await _browser.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _complaints.Add(message.Text);
        };
        page.PageError += (_, error) => _complaints.Add(error);
        await page.GotoAsync((await _center.LinkAsync(Cancel)).ToString());
        // What comes before the page listens is in its first list and is not announced.
        await Assertions.Expect(page.Locator("#live")).Not.ToHaveAttributeAsync("data-state", "wait");
        return page;
    }

    private async Task<EventEnvelope> SendAsync(
        Guid passage, PassagePhase phase, int rev, Guid? crop, string person = "Ann Example")
    {
        var envelope = Events.Face("gate-1", _epoch, ++_seq, passage, phase, rev, person, crop);
        await PublishAsync(Topics.Event("gate-1"), WireJson.Write(envelope));
        return envelope;
    }

    private async Task SendCropAsync(EventEnvelope envelope, Guid crop)
    {
        var file = _temp.File("crop.jpg");
        await ExternalProgram.OutputOfAsync(
            "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=96x96", "-frames:v", "1", file);
        var pieces = (await File.ReadAllBytesAsync(file, Cancel)).Chunk(CropChunk.MaxDataBytes).ToArray();
        for (var i = 0; i < pieces.Length; i++)
        {
            var chunk = new CropChunk(
                EventEnvelope.SchemaVersion, crop, "gate-1", envelope.Id, i, pieces.Length, pieces[i]);
            await PublishAsync(Topics.Crop("gate-1"), WireJson.Write(chunk));
        }
    }

    /// <summary>Until the center is there to take it, as an outbox does.</summary>
    private async Task PublishAsync(string topic, byte[] payload)
    {
        while (await _node.PublishAsync(topic, payload, 1, false, Cancel) != MqttReason.Success)
            await Task.Delay(50, Cancel);
    }
}
