using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Link;
using Picket.Agent.Outbox;
using Picket.Tests.Center;
using Picket.Tests.Support;
using Picket.Wire;
using CenterEnrollment = Picket.Center.Enroll.Enrollment;
using NodeEnrollment = Picket.Agent.Link.Enrollment;

namespace Picket.Tests.EndToEnd;

/// <summary>A node's outbox and pump, the real broker with the site's own files, and the real center: what goes packed is
/// stored one by one.</summary>
public abstract class PackedChainTests(bool isOneProgram) : IAsyncLifetime
{
    private const string Node = "gate-1";

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(90));
    private readonly CancellationTokenSource _nodeEnds = new();
    private readonly TempFolder _temp = new();
    private TestSite _site = null!;

    private NodeIdentity Identity => new(_temp.File("state"));

    private EndpointConfig Endpoint => new("localhost", _site.Port);

    public async Task InitializeAsync()
    {
        _site = await TestSite.StartAsync(isOneProgram);
        var request = NodeEnrollment.Request(Identity, Node);
        var signed = CenterEnrollment.Sign(_site.Folder, request, "gate-1.csr", Node, false, TimeProvider.System);
        NodeEnrollment.Install(Identity, signed.Bundle, "gate-1.pem");
    }

    public async Task DisposeAsync()
    {
        await _site.DisposeAsync();
        _temp.Dispose();
        _limit.Dispose();
        _nodeEnds.Dispose();
    }

    [BrokerFact]
    public async Task Run_ManyReadsAndAlertsWithCrops_AreStoredOneByOneFromFewMessages()
    {
        await using var center = new RunningCenter(_site.Folder, _site.Mosquitto);
        await using var store = OutboxStore.Open(
            _temp.File("state"), Node, new OutboxConfig(), TimeProvider.System, NullLogger.Instance);
        var jpeg = new byte[9000];
        new Random(3).NextBytes(jpeg);
        (jpeg[0], jpeg[1], jpeg[2], jpeg[^2], jpeg[^1]) = (0xFF, 0xD8, 0xFF, 0xFF, 0xD9);
        await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => store.AppendAsync(Read(), _limit.Token)));
        for (var i = 0; i < 3; i++) await store.AppendAsync(Alert(jpeg), _limit.Token);
        var pump = new LinkPump(
            store, Node, [Endpoint],
            (endpoint, cancel) => MqttLink.DialAsync(endpoint, Node, Identity, NullLogger.Instance, cancel),
            new LinkOptions { BackoffMin = TimeSpan.FromMilliseconds(20), BackoffMax = TimeSpan.FromMilliseconds(200) },
            TimeProvider.System, NullLogger.Instance);
        var running = pump.RunAsync(_nodeEnds.Token);

        using (var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10)))
        {
            while (store.Reader.HasPending()) await timer.WaitForNextTickAsync(_limit.Token);
        }
        await _nodeEnds.CancelAsync();
        await running;

        Assert.Equal(503, Number("SELECT count(*) FROM message"));
        Assert.Equal(3, Number("SELECT count(*) FROM crop"));
        Assert.Equal(jpeg, Scalar<byte[]>("SELECT jpeg FROM crop LIMIT 1"));
        Assert.InRange(pump.Telemetry.Sent, 1, 150);
    }

    [BrokerFact]
    public async Task BenchLink_SiteAsItIs_MeasuresAndLeavesNoTrace()
    {
        await using var center = new RunningCenter(_site.Folder, _site.Mosquitto);
        await center.LinkAsync(_limit.Token);
        var probe = new LineProbe(Endpoint, Node, Identity, TimeProvider.System);

        var line = await probe.MeasureAsync(TimeSpan.FromSeconds(1), _limit.Token);

        Assert.True(line.BitsPerSecond > 100_000, $"{line}");
        Assert.Equal(0, Number("SELECT count(*) FROM message"));
    }

    private static EventDraft Read() => Entry(EventKind.PlateRead, new EventBody
    {
        Plate = Events.Plate(Node, Guid.CreateVersion7(), 1, Guid.CreateVersion7(), PassagePhase.New, 0).Body.Plate,
    });

    private static EventDraft Alert(byte[] jpeg)
    {
        var crop = Guid.CreateVersion7();
        var face = Events.Face(Node, Guid.CreateVersion7(), 1, Guid.CreateVersion7(), PassagePhase.New, 0, crop: crop);
        return Entry(EventKind.FaceMatch, face.Body) with { Crop = new OutboxCrop(crop, jpeg) };
    }

    private static EventDraft Entry(EventKind kind, EventBody body) => new()
    {
        At = DateTimeOffset.UtcNow,
        Kind = kind,
        Camera = "door",
        Passage = Guid.CreateVersion7(),
        Phase = PassagePhase.New,
        Body = body,
    };

    private long Number(string sql) => Scalar<long>(sql);

    private T? Scalar<T>(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_site.Folder.Database};Pooling=False");
        connection.Open();
        return connection.ExecuteScalar<T>(sql);
    }
}

public sealed class PackedChainByMosquittoTests() : PackedChainTests(isOneProgram: false);

public sealed class PackedChainInOneProgramTests() : PackedChainTests(isOneProgram: true);
