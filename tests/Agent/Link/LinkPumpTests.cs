using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Link;
using Picket.Agent.Outbox;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Agent.Link;

/// <summary>Outbox, pump and link against the real broker and a least center; what arrived is compared with what was
/// appended.</summary>
public sealed class LinkPumpTests : IAsyncLifetime
{
    private const string Node = "node-1";

    private static readonly LinkOptions Quick = new()
    {
        AckTimeout = TimeSpan.FromMilliseconds(300),
        AbsenceRetry = TimeSpan.FromMilliseconds(50),
        BackoffMin = TimeSpan.FromMilliseconds(20),
        BackoffMax = TimeSpan.FromMilliseconds(200),
        PreferFirstAfter = TimeSpan.FromMilliseconds(100),
    };

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(90));
    private readonly CancellationTokenSource _nodeEnds = new();
    private readonly TempFolder _temp = new();
    private readonly TestPki _pki;
    private readonly List<IAsyncDisposable> _parts = [];
    private Task _running = Task.CompletedTask;

    public LinkPumpTests()
    {
        _pki = new TestPki(_temp.File("pki"));
        _pki.Issue(Node);
        _pki.Issue(MosquittoBroker.Center);
        Directory.CreateDirectory(_temp.File("state"));
        File.Copy(_pki.CaFile, Identity.CaFile);
        File.Copy(_pki.CertificateFile(Node), Identity.CertificateFile);
        File.Copy(_pki.KeyFile(Node), Identity.KeyFile);
    }

    private NodeIdentity Identity => new(_temp.File("state"));

    private CancellationToken Cancel => _limit.Token;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _nodeEnds.CancelAsync();
        await _running;
        _parts.Reverse();
        foreach (var part in _parts) await part.DisposeAsync();
        _pki.Dispose();
        _temp.Dispose();
        _limit.Dispose();
        _nodeEnds.Dispose();
    }

    [BrokerFact]
    public async Task Run_EventsWithCrops_ArriveAreMarkedAndMeasured()
    {
        var broker = Own(await StartBrokerAsync());
        var center = Own(await FakeCenter.StartAsync(broker, _pki, Cancel));
        var store = Own(OpenStore());
        var pump = Start(store, broker);
        var jpeg = Enumerable.Range(0, 20_000).Select(i => (byte)(i * 7)).ToArray();

        var sent = new List<EventEnvelope>();
        for (var i = 0; i < 20; i++) sent.Add(await store.AppendAsync(Alert(jpeg), Cancel));
        await WaitUntilAsync(() => IsDrained(store));

        Assert.Equal(sent.Select(e => e.Id).Order(), center.Events.Keys.Order());
        Assert.Equal(sent.Select(e => e.Body.Face!.Crop!.Value).Order(), center.Crops.Keys.Order());
        Assert.All(center.Crops.Values, c => Assert.Equal(jpeg, c));
        Assert.Equal(0, center.Duplicates);
        var telemetry = pump.Telemetry;
        Assert.Equal((40, 0, 1), (telemetry.Acked, telemetry.Resent, telemetry.Connects));
        Assert.Equal(20, telemetry.Latency.Count);
        Assert.InRange(telemetry.Latency.P50, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(30));
    }

    [BrokerFact]
    public async Task Run_CenterAbsent_WaitsAsksSparselyAndSendsWhenItComes()
    {
        var broker = Own(await StartBrokerAsync());
        var store = Own(OpenStore());
        var pump = Start(store, broker);
        for (var i = 0; i < 200; i++) await store.AppendAsync(Health(), Cancel);
        await WaitUntilAsync(() => pump.Telemetry.IsCenterAbsent);

        var center = Own(await FakeCenter.StartAsync(broker, _pki, Cancel));
        await WaitUntilAsync(() => IsDrained(store));

        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), center.Events.Values.Select(e => e.Seq).Order());
        Assert.False(pump.Telemetry.IsCenterAbsent);
    }

    [BrokerFact]
    public async Task Run_CenterRestarts_NothingIsLost()
    {
        var broker = Own(await StartBrokerAsync());
        var first = await FakeCenter.StartAsync(broker, _pki, Cancel);
        var store = Own(OpenStore());
        Start(store, broker);
        await AppendAsync(store, 100);
        await first.DisposeAsync();
        await AppendAsync(store, 100);

        var second = Own(await FakeCenter.StartAsync(broker, _pki, Cancel, first));
        await AppendAsync(store, 100);
        await WaitUntilAsync(() => IsDrained(store));

        Assert.Equal(300, second.Events.Count);
    }

    [BrokerFact]
    public async Task Run_BrokerKilledAndRestarted_NothingIsLost()
    {
        var broker = Own(await StartBrokerAsync());
        var first = await FakeCenter.StartAsync(broker, _pki, Cancel);
        var store = Own(OpenStore());
        var pump = Start(store, broker);
        var appending = AppendAsync(store, 500);
        await broker.KillAsync();
        await WaitUntilAsync(() => pump.Telemetry.Endpoint is null);
        await first.DisposeAsync();
        await broker.StartAsync();

        var second = Own(await FakeCenter.StartAsync(broker, _pki, Cancel, first));
        await appending;
        await WaitUntilAsync(() => IsDrained(store));

        Assert.Equal(500, second.Events.Count);
        Assert.Equal(Enumerable.Range(1, 500).Select(i => (long)i), second.Events.Values.Select(e => e.Seq).Order());
    }

    [BrokerFact]
    public Task Run_LinkLosesDoublesAndSwaps_NothingIsLost() => AssertNothingIsLostAsync(packs: false);

    [BrokerFact]
    public Task Run_LinkLosesDoublesAndSwapsPackedMessages_NothingIsLost() => AssertNothingIsLostAsync(packs: true);

    private async Task AssertNothingIsLostAsync(bool packs)
    {
        var broker = Own(await StartBrokerAsync());
        var center = Own(await FakeCenter.StartAsync(broker, _pki, Cancel, packs: packs));
        var store = Own(OpenStore());
        FaultyLink? faulty = null;
        Start(
            store, broker,
            dial: async (endpoint, cancel) => faulty = new FaultyLink(
                await DialAsync(endpoint, cancel), seed: 5, rate: 0.1));

        var sent = new List<EventEnvelope>();
        for (var i = 0; i < 200; i++)
            sent.Add(await store.AppendAsync(i % 20 == 0 ? Alert(new byte[5000]) : Health(), Cancel));
        await WaitUntilAsync(() => IsDrained(store));

        Assert.Equal(sent.Select(e => e.Id).Order(), center.Events.Keys.Order());
        Assert.Equal(10, center.Crops.Count);
        // There are fewer messages to lose when they are packed.
        Assert.True(faulty!.Faults > (packs ? 20 : 50), $"only {faulty.Faults} faults were thrown");
    }

    [BrokerFact]
    public async Task Run_NodeRestarts_SendsWhatWasPendingInOrderOfPriority()
    {
        var broker = Own(await StartBrokerAsync());
        await using (var store = OpenStore())
        {
            for (var i = 0; i < 5; i++) await store.AppendAsync(Health(), Cancel);
            // As many as the first 4 kB under way hold beside a tenth for each other lane.
            for (var i = 0; i < 4; i++) await store.AppendAsync(Alert(new byte[4000]), Cancel);
        }
        var center = Own(await FakeCenter.StartAsync(broker, _pki, Cancel));

        var again = Own(OpenStore());
        Start(again, broker);
        await WaitUntilAsync(() => IsDrained(again));

        EventKind?[] alerts = [.. Enumerable.Repeat<EventKind?>(EventKind.FaceMatch, 4)];
        EventKind?[] health = [.. Enumerable.Repeat<EventKind?>(EventKind.CameraDown, 5)];
        EventKind?[] crops = [.. Enumerable.Repeat<EventKind?>(null, 4)];
        Assert.Equal([.. alerts, .. health, .. crops], center.Order);
    }

    [BrokerFact]
    public async Task Run_WindowSmallerThanOneMessage_StillSendsAll()
    {
        var broker = Own(await StartBrokerAsync());
        var center = Own(await FakeCenter.StartAsync(broker, _pki, Cancel));
        var store = Own(OpenStore());
        Start(store, broker, Quick with { WindowBytes = 100 });

        for (var i = 0; i < 10; i++) await store.AppendAsync(Alert(new byte[10_000]), Cancel);
        await WaitUntilAsync(() => IsDrained(store));

        Assert.Equal((10, 10), (center.Events.Count, center.Crops.Count));
    }

    [BrokerFact]
    public async Task Run_FirstEndpointComesBack_IsPreferred()
    {
        var first = Own(await StartBrokerAsync("first"));
        var second = Own(await StartBrokerAsync("second"));
        await first.KillAsync();
        var store = Own(OpenStore());
        var pump = Start(store, [first, second], Quick, DialAsync);
        await WaitUntilAsync(() => pump.Telemetry.Endpoint == $"localhost:{second.Port}");

        await first.StartAsync();
        await WaitUntilAsync(() => pump.Telemetry.Endpoint == $"localhost:{first.Port}");

        Assert.Equal(2, pump.Telemetry.Connects);
    }

    /// <summary>Two real brokers and one center that listens on both, as a standby site has it: the first is killed
    /// twice while events flow, and the second once.</summary>
    [BrokerFact]
    public async Task Run_EitherBrokerKilledWhileEventsFlow_NothingIsLostAndTheFirstIsUsedAgain()
    {
        var first = Own(await StartBrokerAsync("first"));
        var second = Own(await StartBrokerAsync("second"));
        var atFirst = await FakeCenter.StartAsync(first, _pki, Cancel);
        var atSecond = await FakeCenter.StartAsync(second, _pki, Cancel, atFirst);
        var store = Own(OpenStore());
        var pump = Start(store, [first, second], Quick, DialAsync);
        using var enough = new CancellationTokenSource();
        var sent = AppendUntilAsync(store, enough.Token);
        await WaitUntilAsync(() => atFirst.Events.Count > 50);

        await first.KillAsync();
        await WaitUntilAsync(() => pump.Telemetry.Endpoint == $"localhost:{second.Port}" && atFirst.Events.Count > 150);
        await atFirst.DisposeAsync();
        await first.StartAsync();
        atFirst = await FakeCenter.StartAsync(first, _pki, Cancel, atSecond);
        await WaitUntilAsync(() => pump.Telemetry.Endpoint == $"localhost:{first.Port}");
        await second.KillAsync();
        await atSecond.DisposeAsync();
        await second.StartAsync();
        atSecond = await FakeCenter.StartAsync(second, _pki, Cancel, atFirst);
        await first.KillAsync();
        await atFirst.DisposeAsync();
        await WaitUntilAsync(() => pump.Telemetry.Endpoint == $"localhost:{second.Port}");
        await enough.CancelAsync();
        var count = await sent;
        await WaitUntilAsync(() => IsDrained(store));

        Assert.Equal(Enumerable.Range(1, count).Select(i => (long)i), atSecond.Events.Values.Select(e => e.Seq).Order());
        await atSecond.DisposeAsync();
    }

    [BrokerFact]
    public async Task Run_CommandToResend_ComesAgainAndOthersAreIgnored()
    {
        var broker = Own(await StartBrokerAsync());
        var center = Own(await FakeCenter.StartAsync(broker, _pki, Cancel));
        var store = Own(OpenStore());
        var pump = Start(store, broker);
        await AppendAsync(store, 20);
        await WaitUntilAsync(() => IsDrained(store));

        await CommandAsync(center, NodeCommand.Resend, "node-2", new EpochRange(store.Epoch, 1, 20));
        await CommandAsync(center, "list.fetch", Node, new EpochRange(store.Epoch, 1, 20));
        await center.PublishAsync(Topics.Command(Node), "{}"u8.ToArray());
        await CommandAsync(center, NodeCommand.Resend, Node, new EpochRange(store.Epoch, 5, 9));
        await WaitUntilAsync(() => center.Duplicates == 5 && IsDrained(store));

        Assert.Equal((20, 2), (center.Events.Count, pump.Telemetry.IgnoredCommands));
    }

    [BrokerFact]
    public async Task Run_Connected_TellsWhatIsHeld()
    {
        var broker = Own(await StartBrokerAsync());
        var store = Own(OpenStore());
        await AppendAsync(store, 7);
        var watcher = Own(await ConnectCenterAsync(broker));
        await watcher.SubscribeAsync(Topics.AllStatus, 1, Cancel);

        Start(store, broker);

        NodeStatus? status;
        do status = WireJson.TryReadStatus((await watcher.Received.ReadAsync(Cancel)).Payload, out _);
        while (status?.Held is null);
        Assert.True(status.Online);
        Assert.Equal([new HeldRange(store.Epoch, 1, 7)], status.Held);
    }

    /// <summary>No endpoint answers: files on the stick. One does again: over the line, with nothing marked by the files
    /// alone.</summary>
    [BrokerFact]
    public async Task Run_NoEndpointThenOne_SpoolsAndThenSends()
    {
        var broker = Own(await StartBrokerAsync());
        await broker.KillAsync();
        var stick = Directory.CreateDirectory(_temp.File("stick")).FullName;
        var store = Own(OpenStore());
        await AppendAsync(store, 30);
        var spool = new SpoolLink(
            store, Identity, new SpoolConfig { Folder = stick, After = TimeSpan.Zero, OnOwnDisk = true },
            TimeProvider.System, NullLogger.Instance);
        var pump = new LinkPump(
            store, Node, [new EndpointConfig("localhost", broker.Port)], DialAsync, Quick, TimeProvider.System,
            NullLogger.Instance, spool);
        _running = pump.RunAsync(_nodeEnds.Token);
        await WaitUntilAsync(() => Directory.GetFiles(stick, "*.picket").Length > 0);
        using (var file = SpoolFile.TryOpen(Assert.Single(Directory.GetFiles(stick, "*.picket")), out _))
            Assert.Equal(30, file!.Lines.Count);
        Assert.Equal(30, store.Reader.Status().Pending);

        await broker.StartAsync();
        var center = Own(await FakeCenter.StartAsync(broker, _pki, Cancel));
        await WaitUntilAsync(() => IsDrained(store));

        Assert.Equal(30, center.Events.Count);
    }

    [BrokerFact]
    public async Task Run_NodeEnds_IsShownAsOffline()
    {
        var broker = Own(await StartBrokerAsync());
        var store = Own(OpenStore());
        var pump = Start(store, broker);
        await WaitUntilAsync(() => pump.Telemetry.Endpoint is not null);
        var watcher = Own(await ConnectCenterAsync(broker));
        await watcher.SubscribeAsync(Topics.AllStatus, 1, Cancel);
        Assert.True(WireJson.TryReadStatus((await watcher.Received.ReadAsync(Cancel)).Payload, out _)!.Online);

        await _nodeEnds.CancelAsync();

        NodeStatus status;
        do status = WireJson.TryReadStatus((await watcher.Received.ReadAsync(Cancel)).Payload, out _)!;
        while (status.Online);
        Assert.Null(status.Held);
    }

    [Fact]
    public async Task Run_NotEnrolled_SaysWhatIsMissing()
    {
        File.Delete(Identity.CertificateFile);
        var store = Own(OpenStore());
        var pump = Start(store, [], Quick with { }, DialAsync, new EndpointConfig("localhost", 1));

        await WaitUntilAsync(() => pump.Telemetry.LastError is not null);

        Assert.Contains("node.pem", pump.Telemetry.LastError, StringComparison.Ordinal);
    }

    private static EventDraft Health() => new()
    {
        At = DateTimeOffset.UtcNow,
        Kind = EventKind.CameraDown,
        Camera = "gate",
        Body = new EventBody { CameraState = new CameraStateBody("no answer") },
    };

    private static EventDraft Alert(byte[] jpeg)
    {
        var crop = Guid.CreateVersion7();
        var face = new FaceMatchBody(
            "A. Person", "watch", 0.5f, 0.4f, 7, DateTimeOffset.UnixEpoch, [1, 2, 3, 4], 0.9f, 3, crop);
        return new EventDraft
        {
            At = DateTimeOffset.UtcNow,
            Kind = EventKind.FaceMatch,
            Camera = "gate",
            Passage = crop,
            Phase = PassagePhase.End,
            Body = new EventBody { Face = face },
            Crop = new OutboxCrop(crop, jpeg),
            Decoded = TimeProvider.System.GetTimestamp(),
        };
    }

    private static bool IsDrained(OutboxStore store)
    {
        var status = store.Reader.Status();
        return status is { Pending: 0, PendingCrops: 0 };
    }

    private static Task AppendAsync(OutboxStore store, int count) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => store.AppendAsync(Health(), CancellationToken.None)));

    /// <summary>Ten events each few milliseconds; how many at last.</summary>
    private async Task<int> AppendUntilAsync(OutboxStore store, CancellationToken enough)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        var count = 0;
        while (!enough.IsCancellationRequested)
        {
            await AppendAsync(store, 10);
            count += 10;
            await timer.WaitForNextTickAsync(Cancel);
        }
        return count;
    }

    private static Task CommandAsync(FakeCenter center, string kind, string to, params EpochRange[] ranges) =>
        center.PublishAsync(
            Topics.Command(Node),
            WireJson.Write(new NodeCommand(1, Guid.CreateVersion7(), to, DateTimeOffset.UtcNow, kind, ranges)));

    private T Own<T>(T part) where T : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }

    private Task<MosquittoBroker> StartBrokerAsync(string name = "broker") =>
        MosquittoBroker.StartAsync(Directory.CreateDirectory(_temp.File(name)).FullName, _pki, Node);

    private OutboxStore OpenStore() =>
        OutboxStore.Open(_temp.File("state"), Node, new OutboxConfig(), TimeProvider.System, NullLogger.Instance);

    private Task<ILink> DialAsync(EndpointConfig endpoint, CancellationToken cancel) =>
        MqttLink.DialAsync(endpoint, Node, Identity, NullLogger.Instance, cancel);

    private Task<Picket.Mqtt.MqttConnection> ConnectCenterAsync(MosquittoBroker broker) =>
        Picket.Mqtt.MqttConnection.ConnectAsync(
            new Picket.Mqtt.MqttOptions
            {
                Host = "localhost",
                Port = broker.Port,
                ClientId = MosquittoBroker.Center,
                CaFile = _pki.CaFile,
                CertificateFile = _pki.CertificateFile(MosquittoBroker.Center),
                KeyFile = _pki.KeyFile(MosquittoBroker.Center),
            },
            Cancel);

    private LinkPump Start(
        OutboxStore store, MosquittoBroker broker, LinkOptions? options = null, LinkDialer? dial = null) =>
        Start(store, [broker], options ?? Quick, dial ?? DialAsync);

    private LinkPump Start(
        OutboxStore store, IReadOnlyList<MosquittoBroker> brokers, LinkOptions options, LinkDialer dial,
        params EndpointConfig[] others)
    {
        EndpointConfig[] endpoints = [.. brokers.Select(b => new EndpointConfig("localhost", b.Port)), .. others];
        var pump = new LinkPump(store, Node, endpoints, dial, options, TimeProvider.System, NullLogger.Instance);
        _running = pump.RunAsync(_nodeEnds.Token);
        return pump;
    }

    private async Task WaitUntilAsync(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition()) await timer.WaitForNextTickAsync(Cancel);
    }
}
