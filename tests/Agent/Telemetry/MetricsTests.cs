using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Picket.Agent.Telemetry;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Agent.Telemetry;

/// <summary>The node's counters as they leave it: the page of text and the reports by OTLP.</summary>
public sealed class MetricsTests : IDisposable
{
    private readonly HttpClient _browser = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private readonly FakeTimeProvider _time = Clocks.Still();
    private readonly NodeMetrics _metrics;
    private int _asked;
    private bool _fails;

    public MetricsTests() => _metrics = new NodeMetrics(Snapshot, _time);

    private CancellationToken Cancel => _limit.Token;

    public void Dispose()
    {
        _metrics.Dispose();
        _browser.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Page_Get_IsPrometheusText()
    {
        await using var page = await MetricsPage.StartAsync(0, _metrics.Meter);

        using var answer = await _browser.GetAsync(page.Address, Cancel);
        var lines = (await answer.Content.ReadAsStringAsync(Cancel)).Split('\n');

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Contains("# HELP picket_ingest_frames_total Frames decoded", lines);
        Assert.Contains("# TYPE picket_ingest_frames_total counter", lines);
        Assert.Contains("picket_ingest_frames_total{camera=\"gate\"} 100", lines);
        Assert.Contains("picket_ingest_frames_total{camera=\"a \\\"b\\\" \\\\\"} 7", lines);
        Assert.Contains("# TYPE picket_outbox_pending gauge", lines);
        Assert.Contains("picket_outbox_pending 3", lines);
        Assert.Contains("picket_outbox_disk_failed_seconds_total 5", lines);
        Assert.Contains(lines, line => line.StartsWith("dotnet_process_memory_working_set_bytes ", StringComparison.Ordinal));
        // Each line is a comment, or a name with labels and a value, as the format has it.
        Assert.All(lines[..^1], line => Assert.Matches(
            """^(# (HELP|TYPE) [a-z_]+ .*|[a-z_]+(\{[a-z_]+="([^"\\\n]|\\.)*"(,[a-z_]+="([^"\\\n]|\\.)*")*\})? -?[0-9.E+-]+)$""", line));
        Assert.Equal(lines.Length, lines.Distinct().Count());
    }

    [Fact]
    public async Task Page_Names_AreThoseOfRooms()
    {
        await using var page = await MetricsPage.StartAsync(0, _metrics.Meter);
        var text = await _browser.GetStringAsync(page.Address, Cancel);

        var named = text.Split('\n').Where(line => line.StartsWith("# TYPE picket_", StringComparison.Ordinal))
            .Select(line => line.Split('_')[1]).ToHashSet();

        var rooms = Directory.EnumerateDirectories(Repository.Path("agent", "Agent"))
            .Select(room => Path.GetFileName(room).ToLowerInvariant()).Append("node").ToHashSet();
        Assert.NotEmpty(named);
        Assert.Subset(rooms, named);
    }

    [Fact]
    public async Task Page_IsOnLoopbackAndNothingElseIsThere()
    {
        await using var page = await MetricsPage.StartAsync(0, _metrics.Meter);

        Assert.True(IPAddress.IsLoopback(IPAddress.Parse(page.Address.Host)));
        Assert.Equal(HttpStatusCode.NotFound, (await _browser.GetAsync(new Uri(page.Address, "/"), Cancel)).StatusCode);
        Assert.Equal(
            HttpStatusCode.MethodNotAllowed, (await _browser.PostAsync(page.Address, null, Cancel)).StatusCode);
    }

    /// <summary>Some twenty counters are read one by one; the outbox is asked once.</summary>
    [Fact]
    public async Task Page_AskedTwiceWithinASecond_TakesOneSnapshot()
    {
        await using var page = await MetricsPage.StartAsync(0, _metrics.Meter);

        await _browser.GetStringAsync(page.Address, Cancel);
        await _browser.GetStringAsync(page.Address, Cancel);
        Assert.Equal(1, _asked);
        _time.Advance(TimeSpan.FromSeconds(1.1));
        await _browser.GetStringAsync(page.Address, Cancel);
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task Page_CountersCantBeHad_SaysSo()
    {
        await using var page = await MetricsPage.StartAsync(0, _metrics.Meter);
        _fails = true;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _browser.GetAsync(page.Address, Cancel)).StatusCode);
    }

    [Fact]
    public async Task Page_PortIsTaken_SaysWhichAndWhatToDo()
    {
        await using var page = await MetricsPage.StartAsync(0, _metrics.Meter);

        var e = await Assert.ThrowsAsync<PicketException>(() => MetricsPage.StartAsync(page.Address.Port, _metrics.Meter));

        Assert.Contains($"metrics.port {page.Address.Port}: ", e.Message);
        Assert.Contains("SocketBindAllow", e.Message);
    }

    /// <summary>Names stand in protobuf as they are, so that a search in the bytes finds them.</summary>
    [Fact]
    public async Task Export_AtTheLatestAtTheEnd_ReachesTheReceiver()
    {
        using var receiver = new HttpListener();
        var address = $"http://127.0.0.1:{MosquittoBroker.FreePort()}/";
        receiver.Prefixes.Add(address);
        receiver.Start();
        // A busy machine needs more than a node that ends gives it.
        var export = new MetricsExport(new Uri(address + "v1/metrics"), "gate-node-1", farewell: TimeSpan.FromSeconds(60));
        var ending = Task.Run(export.Dispose, Cancel);

        var context = await receiver.GetContextAsync().WaitAsync(Cancel);
        using var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body, Cancel);
        context.Response.Close();
        await ending.WaitAsync(Cancel);

        var text = Encoding.Latin1.GetString(body.ToArray());
        Assert.Equal(("POST", "/v1/metrics"), (context.Request.HttpMethod, context.Request.Url!.AbsolutePath));
        Assert.Equal("application/x-protobuf", context.Request.ContentType);
        Assert.Contains("picket.ingest.frames", text);
        Assert.Contains("gate-node-1", text);
        Assert.Contains("dotnet.process.memory.working_set", text);
    }

    private NodeSnapshot Snapshot()
    {
        if (_fails) throw new InvalidOperationException("the outbox can't be asked");
        _asked++;
        return new NodeSnapshot(
            DateTimeOffset.UnixEpoch,
            [new CameraSnapshot("gate", true, 100, 5, 90, 2, 1, 1, 0), new CameraSnapshot("a \"b\" \\", true, 7, 0, 0, 0, 0, 0, 0)],
            true, 3, 40, null, null, null, null, new NodeLosses(1, 2, 3, 4, 5), false, []);
    }
}
