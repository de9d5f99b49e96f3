using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Picket.Agent.Config;
using Picket.Agent.Link;
using Picket.Agent.Outbox;
using Picket.Tests.Support;
using Picket.Wire;
using Xunit.Abstractions;

namespace Picket.Tests.Agent.Link;

/// <summary>Outbox, pump and link over a line of 32 kbit/s to the real broker. Bytes are those of the line's device, with
/// all headers down to Ethernet's.</summary>
public sealed class ThinLineTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Node = "node-1";
    private const int Kilobits = 32;
    private const double BytesPerSecond = Kilobits * 125;

    /// <summary>16 cameras, 10,000 vehicles each, three messages a vehicle.</summary>
    private const double EventsOfABusyDay = 16 * 10_000 * 3;

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(240));
    private readonly CancellationTokenSource _nodeEnds = new();
    private readonly TempFolder _temp = new();
    private readonly List<IAsyncDisposable> _parts = [];
    private readonly Random _dice = new(7);
    private readonly WelcomeLog _log = new();
    private TestPki _pki = null!;
    private ThinLine _line = null!;
    private MosquittoBroker _broker = null!;
    private FakeCenter _center = null!;
    private OutboxStore _store = null!;
    private Task _running = Task.CompletedTask;

    private NodeIdentity Identity => new(_temp.File("state"));

    private CancellationToken Cancel => _limit.Token;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _nodeEnds.CancelAsync();
        await _running;
        _parts.Reverse();
        foreach (var part in _parts) await part.DisposeAsync();
        _pki?.Dispose();
        _temp.Dispose();
        _limit.Dispose();
        _nodeEnds.Dispose();
    }

    [ThinLineFact]
    public async Task Run_AlertBehind100000Reads_IsAtTheCenterInTwoSeconds()
    {
        await StartSiteAsync(Kilobits);
        await AppendReadsAsync(100_000);
        var first = await _store.AppendAsync(Alert(), Cancel);
        var arrivals = Arrivals();

        Start();
        await WaitUntilAsync(() => arrivals.ContainsKey(first.Id));

        // 2 s after CONNACK are 8,000 bytes of this line; and nothing went before the alert.
        Assert.Equal(EventKind.FaceMatch, _center.Order.First());
        Report("alert behind 100,000 waiting reads, after CONNACK", _log.WelcomedAt, _log.BytesUp, arrivals[first.Id]);
        Assert.InRange(arrivals[first.Id].BytesUp - _log.BytesUp, 1, 2 * BytesPerSecond);
        Assert.InRange(Stopwatch.GetElapsedTime(_log.WelcomedAt, arrivals[first.Id].At).TotalSeconds, 0, 2);

        // And one that comes while they are on their way.
        await WaitUntilAsync(() => _center.Events.Count > 150);
        var (at, bytes) = (Stopwatch.GetTimestamp(), _line.BytesUp);
        var second = await _store.AppendAsync(Alert(), Cancel);
        await WaitUntilAsync(() => arrivals.ContainsKey(second.Id));
        Report("alert while reads fill the line", at, bytes, arrivals[second.Id]);
        Assert.InRange(arrivals[second.Id].BytesUp - bytes, 1, 2 * BytesPerSecond);
    }

    /// <summary>A day of 480,000 events must fit, with room for alerts and crops: each event alone, as it happens, takes
    /// three quarters of the line at most; as soon as they wait for each other, 40 %.</summary>
    [ThinLineFact]
    public async Task Run_BusyNode_FitsIntoTheLine()
    {
        await StartSiteAsync(Kilobits);
        Start();
        await AppendReadsAsync(1);
        await WaitUntilAsync(IsDrained);

        var waiting = await MeasureAsync(200, () => AppendReadsAsync(200));
        ReportDay("reads that wait", waiting);
        var alone = await MeasureAsync(40, async () =>
        {
            using var pace = new PeriodicTimer(TimeSpan.FromSeconds(86_400 / EventsOfABusyDay));
            for (var i = 0; i < 40 && await pace.WaitForNextTickAsync(Cancel); i++) await AppendReadsAsync(1);
        });
        ReportDay("reads as they happen, 5.6 a second", alone);

        Assert.InRange(OfADay(waiting.Up), 1, 0.40 * BytesPerSecond);
        Assert.InRange(OfADay(waiting.Down), 1, 0.40 * BytesPerSecond);
        Assert.InRange(OfADay(alone.Up), 1, 0.75 * BytesPerSecond);
        Assert.InRange(OfADay(alone.Down), 1, 0.75 * BytesPerSecond);
        Assert.Equal(0, _center.Duplicates);
    }

    /// <summary>An ack takes half a second and more when this line is full: a timer of 200 ms would send all again and
    /// again.</summary>
    [ThinLineFact]
    public async Task Run_FullLine_NothingIsSentTwiceAndCropsComeLast()
    {
        await StartSiteAsync(Kilobits);
        var crop = new byte[5000];
        _dice.NextBytes(crop);
        for (var i = 0; i < 3; i++) await _store.AppendAsync(Alert(crop), Cancel);
        await AppendReadsAsync(100);

        var pump = Start(new LinkOptions { AckTimeout = TimeSpan.FromMilliseconds(200) });
        await WaitUntilAsync(IsDrained);

        Assert.Equal((0L, 0L), (pump.Telemetry.Resent, _center.Duplicates));
        Assert.Equal((103, 3), (_center.Events.Count, _center.Crops.Count));
        Assert.All(_center.Crops.Values, jpeg => Assert.Equal(crop, jpeg));
        EventKind?[] expected =
        [
            .. Enumerable.Repeat<EventKind?>(EventKind.FaceMatch, 3), .. Enumerable.Repeat<EventKind?>(EventKind.PlateRead, 100),
            .. Enumerable.Repeat<EventKind?>(null, 3),
        ];
        Assert.Equal(expected, _center.Order);
    }

    /// <summary>What one event of a kind takes of the line alone, up and down, with every answer; and among 50 of its
    /// kind. 66 bytes alone are TCP's own ack, which comes alone or with the next packet.</summary>
    [ThinLineFact]
    public async Task Run_EventOfEachKind_IsWithinItsBudget()
    {
        await StartSiteAsync(kilobits: null);
        Start();
        await _store.AppendAsync(Alert(), Cancel);
        await WaitUntilAsync(IsDrained);
        (string Kind, Func<EventDraft> Make, int Alone, int Among)[] budgets =
        [
            ("face.match", () => Alert(), 450, 130),
            ("plate.hit", Hit, 580, 185),
            ("plate.read", Read, 530, 150),
            ("camera.down", CameraDown, 450, 50),
            ("node.health", Health, 460, 130),
        ];
        foreach (var (kind, make, alone, among) in budgets)
        {
            var (up, down) = (_line.BytesUp, _line.BytesDown);
            for (var i = 0; i < 5; i++)
            {
                await _store.AppendAsync(make(), Cancel);
                await WaitUntilAsync(IsDrained);
            }
            var (oneUp, oneDown) = ((_line.BytesUp - up) / 5, (_line.BytesDown - down) / 5);
            (up, down) = (_line.BytesUp, _line.BytesDown);
            await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _store.AppendAsync(make(), Cancel)));
            await WaitUntilAsync(IsDrained);
            var (manyUp, manyDown) = ((_line.BytesUp - up) / 50, (_line.BytesDown - down) / 50);
            output.WriteLine($"{kind}: alone {oneUp} up, {oneDown} down; among 50 {manyUp} up, {manyDown} down");
            Assert.True(oneUp <= alone && manyUp <= among, $"{kind}: {oneUp} alone, {manyUp} among 50");
            Assert.True(oneDown <= 380 && manyDown <= 60, $"{kind}: down {oneDown} alone, {manyDown} among 50");
        }
    }

    [ThinLineFact]
    public async Task BenchLink_ThinLine_TellsItsRate()
    {
        await StartSiteAsync(Kilobits);
        var probe = new LineProbe(Endpoint, Node, Identity, TimeProvider.System);

        var line = await probe.MeasureAsync(TimeSpan.FromSeconds(6), Cancel);

        output.WriteLine(line.ToString());
        // Never more than the line carries; less where the machine does not keep it full.
        Assert.InRange(line.BitsPerSecond!.Value, 0.6 * Kilobits * 1000, 1.1 * Kilobits * 1000);
        Assert.InRange(line.BytesPerRead, 100, 180);
        Assert.Equal(line.BitsPerSecond.Value / 8 / line.BytesPerRead * 86_400 / EventsOfABusyDay, line.BusyNodes!.Value, 6);
        Assert.Empty(_center.Events);
    }

    private EndpointConfig Endpoint => new(_line.Far.ToString(), _broker.Port);

    private async Task StartSiteAsync(int? kilobits)
    {
        _pki = new TestPki(_temp.File("pki"));
        _pki.Issue(Node);
        _pki.Issue(MosquittoBroker.Center);
        Directory.CreateDirectory(_temp.File("state"));
        File.Copy(_pki.CaFile, Identity.CaFile);
        File.Copy(_pki.CertificateFile(Node), Identity.CertificateFile);
        File.Copy(_pki.KeyFile(Node), Identity.KeyFile);
        _line = Own(await ThinLine.StartAsync(kilobits));
        _broker = Own(await MosquittoBroker.StartAsync(
            Directory.CreateDirectory(_temp.File("broker")).FullName, _pki, _line, Node));
        _center = Own(await FakeCenter.StartAsync(
            _broker, _pki, Cancel, packs: true, host: _line.FarUnshaped.ToString()));
        _store = Own(OutboxStore.Open(_temp.File("state"), Node, new OutboxConfig(), TimeProvider.System, _log));
        _log.Line = _line;
    }

    private LinkPump Start(LinkOptions? options = null)
    {
        var pump = new LinkPump(
            _store, Node, [Endpoint],
            (endpoint, cancel) => MqttLink.DialAsync(endpoint, Node, Identity, _log, cancel),
            options ?? new LinkOptions(), TimeProvider.System, _log);
        _running = pump.RunAsync(_nodeEnds.Token);
        return pump;
    }

    /// <summary>When each event came to the center, and how many bytes had gone up the line by then.</summary>
    private ConcurrentDictionary<Guid, (long At, long BytesUp)> Arrivals()
    {
        var arrivals = new ConcurrentDictionary<Guid, (long, long)>();
        _center.Received = (_, parts) =>
        {
            foreach (var part in parts)
            {
                if (WireJson.TryReadHeader(part.Span, out _) is { } header)
                    arrivals.TryAdd(header.Id, (Stopwatch.GetTimestamp(), _line.BytesUp));
            }
        };
        return arrivals;
    }

    private void Report(string what, long from, long bytesFrom, (long At, long BytesUp) arrival) => output.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: {Stopwatch.GetElapsedTime(from, arrival.At).TotalSeconds:0.00} s, {arrival.BytesUp - bytesFrom} bytes up"));

    private void ReportDay(string what, (double Up, double Down) each) => output.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: {each.Up:0} bytes up, {each.Down:0} down each; a busy day's 480,000 are "
                + $"{OfADay(each.Up) / 125:0.0} kbit/s up, {OfADay(each.Down) / 125:0.0} down"));

    /// <summary>Bytes a second, when all events of a busy day take so many each.</summary>
    private static double OfADay(double bytesPerEvent) => bytesPerEvent * EventsOfABusyDay / 86_400;

    /// <summary>Bytes up and down for each event, until all are acknowledged.</summary>
    private async Task<(double Up, double Down)> MeasureAsync(double events, Func<Task> append)
    {
        var (up, down) = (_line.BytesUp, _line.BytesDown);
        await append();
        await WaitUntilAsync(IsDrained);
        return ((_line.BytesUp - up) / events, (_line.BytesDown - down) / events);
    }

    private async Task AppendReadsAsync(int count)
    {
        foreach (var some in Enumerable.Range(0, count).Chunk(1000))
            await Task.WhenAll(some.Select(_ => _store.AppendAsync(Read(), Cancel)));
    }

    private bool IsDrained() => !_store.Reader.HasPending();

    private EventDraft Read() => Entry(EventKind.PlateRead, new EventBody { Plate = Plate() });

    private EventDraft Hit() => Entry(EventKind.PlateHit, new EventBody
    {
        Plate = Plate(),
        Hit = new PlateHitBody(
            "stolen", "0123456789ab", $"case {_dice.Next(10_000)}", "LEB4821", "exact", 0.97f, 0.33f, 0.0001,
            Guid.CreateVersion7(), 2),
    });

    private EventDraft Alert(byte[]? jpeg = null)
    {
        var crop = Guid.CreateVersion7();
        var face = new FaceMatchBody(
            "A. Person", "watch", _dice.Next(1000) / 1000f, 0.4f, _dice.Next(1_000_000), DateTimeOffset.UtcNow,
            [_dice.Next(1000), _dice.Next(1000), 64, 80], 0.9f, 3, crop);
        var entry = Entry(EventKind.FaceMatch, new EventBody { Face = face });
        return jpeg is null ? entry : entry with { Crop = new OutboxCrop(crop, jpeg) };
    }

    private EventDraft CameraDown() => Entry(EventKind.CameraDown, new EventBody
    {
        CameraState = new CameraStateBody("401 Unauthorized from 10.0.0.7; check user and password"),
    }) with
    { Passage = null, Phase = null };

    private EventDraft Health() => Entry(EventKind.NodeHealth, new EventBody
    {
        Health = new NodeHealthBody(
            _dice.Next(100_000), _dice.Next(1000),
            [.. Enumerable.Range(1, 4).Select(i => new CameraHealth($"gate-{i}", true, _dice.Next(), 0, _dice.Next(), 25))]),
    }) with
    { Passage = null, Phase = null, Camera = null };

    private EventDraft Entry(EventKind kind, EventBody body) => new()
    {
        At = DateTimeOffset.UtcNow,
        Kind = kind,
        Camera = $"gate-{_dice.Next(1, 17)}",
        Passage = Guid.CreateVersion7(),
        Phase = (PassagePhase)_dice.Next(3),
        Rev = _dice.Next(3),
        Body = body,
    };

    private PlateReadBody Plate()
    {
        var (x, y) = (_dice.Next(1800), _dice.Next(1000));
        var (right, bottom) = (x + _dice.Next(60, 120), y + _dice.Next(20, 40));
        var text = string.Concat(Enumerable.Range(0, 7).Select(
            i => (char)(i < 3 ? _dice.Next('A', 'Z' + 1) : _dice.Next('0', '9' + 1))));
        return new PlateReadBody(
            text, _dice.Next(700, 1000) / 1000f, [.. text.Select(_ => _dice.Next(90, 101) / 100f)], 1,
            [x, y, right - x, bottom - y], [x, y, right, y + _dice.Next(4), right, bottom, x, bottom],
            _dice.Next(1_000_000), _dice.Next(1, 9), ["plate-detect 1.0.0", "plate-read 1.0.0"], "letters and number", "pk",
            [new PlateCandidate(text[..6] + _dice.Next(10), _dice.Next(100) / 1000f)]);
    }

    private T Own<T>(T part) where T : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }

    private async Task WaitUntilAsync(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition()) await timer.WaitForNextTickAsync(Cancel);
    }

    /// <summary>Notes when the broker's CONNACK came, and the bytes until then.</summary>
    private sealed class WelcomeLog : ILogger
    {
        public ThinLine? Line { get; set; }

        public long WelcomedAt { get; private set; }

        public long BytesUp { get; private set; }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == 1304) (WelcomedAt, BytesUp) = (Stopwatch.GetTimestamp(), Line!.BytesUp);
        }
    }
}
