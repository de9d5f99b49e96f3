using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Picket.Bench.Nodes;

/// <summary>Many simulated nodes with mutual TLS against the real center, which is its own broker or has a mosquitto:
/// nothing lost, nothing twice, how fast, how much memory; the broker killed; the rate at which the center is saturated.</summary>
internal sealed class NodesBench : IDisposable
{
    private const string Broker = "/usr/sbin/mosquitto";

    /// <summary>Where <c>--overload</c> runs center and broker, and nothing else except what should disturb them.</summary>
    private const string CenterCore = "0";

    private const double ConnectsPerSecond = 100;

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromMinutes(2);

    /// <summary>What a restart storm may take.</summary>
    private static readonly TimeSpan StormLimit = TimeSpan.FromSeconds(60);

    private readonly string _repository;
    private readonly NodesOptions _options;
    private readonly NodeCertificates _site;
    private readonly StoredEvents _stored;
    private readonly List<SimulatedNode> _nodes;
    private readonly List<BenchProcess> _others = [];
    private readonly CancellationTokenSource _stop = new();
    private BenchProcess? _broker;
    private BenchProcess? _center;
    private double _brokerPeak;

    private NodesBench(string repository, NodesOptions options)
    {
        _repository = repository;
        _options = options;
        _site = NodeCertificates.Open(Path.Combine(repository, "artifacts", "bench-nodes"), options.Nodes);
        _stored = new StoredEvents(_site.Folder.Database, options.Database);
        _nodes = [.. _site.Nodes.Select(node => new SimulatedNode(node.Key, _site.Port, node.Value, _site.Trust())
        {
            Interval = TimeSpan.FromSeconds(options.Every),
        })];
    }

    /// <summary>1 if something was lost, came twice, or a limit was missed.</summary>
    public static async Task<int> RunAsync(string repository, NodesOptions options)
    {
        using var bench = new NodesBench(repository, options);
        return await bench.RunAsync();
    }

    public void Dispose()
    {
        foreach (var other in _others) other.Dispose();
        if (_broker != _center) _broker?.Dispose(); // else it is the center
        _center?.Dispose();
        _stop.Dispose();
    }

    private async Task<int> RunAsync()
    {
        await CleanAsync();
        if (_options.Overload) TakeCores();
        Say($"load average {File.ReadAllText("/proc/loadavg").Split(' ')[0]} on {Environment.ProcessorCount} cores before the run");
        if (_options.Mosquitto)
        {
            StartCenter();
            // A center that was its own broker in the last run has put it away; this one puts it back.
            await UntilAsync(() => File.Exists(_site.Folder.BrokerConfiguration), ConnectLimit, "the mosquitto's configuration");
        }
        StartBroker();
        var watch = Stopwatch.StartNew();
        // A hundred a second: a site's nodes do not start in one moment. The storm below is when they all come at once.
        var running = Task.WhenAll(_nodes.Select(
            (node, place) => node.RunAsync(TimeSpan.FromSeconds(place / ConnectsPerSecond), _stop.Token)));
        await UntilAsync(() => _nodes.All(node => node.IsConnected), ConnectLimit, "all nodes connected");
        Say($"{_nodes.Count} nodes connected in {watch.Elapsed.TotalSeconds:0.0} s (mutual TLS 1.3)");
        await WarmUpAsync();
        var isGood = _options switch
        {
            { Overload: true } => await new Overload(this, TimeSpan.FromSeconds(_options.Seconds)).RunAsync(),
            { Saturate: true } => await SaturateAsync() is not null,
            { Storm: true } => await LoadAsync() & await StormAsync(),
            _ => await LoadAsync(),
        };
        isGood &= Judge();
        Say($"peak memory: {(_options.Mosquitto ? $"mosquitto {Math.Max(_brokerPeak, _broker!.PeakMegabytes):0} MiB, " : "")}"
            + $"center {Math.Max(_options.Mosquitto ? 0 : _brokerPeak, _center!.PeakMegabytes):0} MiB");
        await _stop.CancelAsync();
        await running;
        return isGood ? 0 : 1;
    }

    /// <summary>Some events, so that the center is up and has compiled what it needs.</summary>
    private async Task WarmUpAsync()
    {
        Busy(true);
        await Task.Delay(TimeSpan.FromSeconds(3));
        Busy(false);
        await UntilAsync(() => _nodes.All(node => node.Outbox.Open == 0), ConnectLimit, "the first events acknowledged");
        foreach (var node in _nodes) _ = node.Outbox.TakeLatencies();
    }

    /// <summary>Events from every node, at its own pace.</summary>
    private async Task<bool> LoadAsync()
    {
        var (broker, center, own) = (_options.Mosquitto ? _broker!.ProcessorSeconds : 0, _center!.ProcessorSeconds, Own);
        var before = Made;
        Busy(true);
        await Task.Delay(TimeSpan.FromSeconds(_options.Seconds));
        Busy(false);
        var seconds = (double)_options.Seconds;
        Say($"{Made - before} events in {seconds:0} s; processor: "
            + (_options.Mosquitto ? $"mosquitto {(_broker!.ProcessorSeconds - broker) / seconds:0.00}, " : "")
            + $"center {(_center.ProcessorSeconds - center) / seconds:0.00}, nodes {(Own - own) / seconds:0.00} cores");
        var drained = await DrainAsync();
        TellLatencies("event made to the center's ack");
        return drained;
    }

    /// <summary>The broker is killed and started again while all nodes go on making events.</summary>
    private async Task<bool> StormAsync()
    {
        Busy(true);
        await Task.Delay(TimeSpan.FromSeconds(5));
        _brokerPeak = _broker!.PeakMegabytes;
        foreach (var node in _nodes) node.Outbox.Mark = Stopwatch.GetTimestamp();
        var watch = Stopwatch.StartNew();
        await _broker.KillAsync();
        _broker.Dispose();
        StartBroker();
        var recovered = await TryUntilAsync(() => _nodes.All(node => node.Outbox.AckedAfterMark is not null), StormLimit + StormLimit);
        var last = _nodes.Max(node => node.Outbox.AckedAfterMark) is { } at
            ? Stopwatch.GetElapsedTime(_nodes[0].Outbox.Mark, at)
            : watch.Elapsed;
        Busy(false);
        var count = _nodes.Count(node => node.Outbox.AckedAfterMark is not null);
        Say($"restart storm: broker kill -9 and start; {count} of {_nodes.Count} nodes have an event acknowledged that "
            + $"was made after it, the last after {last.TotalSeconds:0.0} s (limit {StormLimit.TotalSeconds:0})");
        var drained = await DrainAsync();
        TellLatencies("through the storm, event made to the center's ack");
        var missed = Bound.AtMost(
            "nodes: seconds until all are back after a kill -9 of the broker", last.TotalSeconds, StormLimit.TotalSeconds);
        return recovered && drained && missed == 0;
    }

    /// <summary>Raises the rate until the center no longer keeps up.</summary>
    /// <returns>The most events a second that it acknowledged, or null when it did not get everything in the end.</returns>
    public async Task<double?> SaturateAsync()
    {
        var best = 0.0;
        for (var rate = 250.0; rate < 100_000; rate *= 1.5)
        {
            var (center, own) = (Center.ProcessorSeconds, Own);
            var (acked, seconds) = await OfferAsync(rate, TimeSpan.FromSeconds(_options.Seconds));
            var waiting = Open;
            Say($"offered {rate:0} a second: {acked / seconds:0} acknowledged a second, {waiting} waiting at the end, "
                + $"center {(Center.ProcessorSeconds - center) / seconds:0.00}, nodes {(Own - own) / seconds:0.00} cores");
            // More than a second's worth waits: it does not follow any more, and is at its best when more offered gives no more.
            var isFull = waiting > rate && acked / seconds < best * 1.05;
            best = Math.Max(best, acked / seconds);
            if (!await DrainAsync()) return null;
            TellLatencies("  event made to ack");
            if (isFull) break;
        }
        Say($"saturation on {_stored.Kind}: {best:0} events a second, {_nodes.Count} nodes, "
            + (_options.Overload ? "the center on one core" : $"all on the same {Environment.ProcessorCount} cores"));
        return best;
    }

    /// <summary>All nodes together make <paramref name="rate"/> events a second for <paramref name="time"/>.</summary>
    /// <returns>How many were acknowledged in how many seconds.</returns>
    public async Task<(int Acked, double Seconds)> OfferAsync(double rate, TimeSpan time)
    {
        foreach (var node in _nodes) node.Interval = TimeSpan.FromSeconds(_nodes.Count / rate);
        var before = Acked;
        var watch = Stopwatch.StartNew();
        Busy(true);
        await Task.Delay(time);
        Busy(false);
        return (Acked - before, watch.Elapsed.TotalSeconds);
    }

    /// <summary>Reads the database: every event that was made, once.</summary>
    private bool Judge()
    {
        // The database of the running center; what it acknowledged is committed.
        var stored = _stored.Ids();
        var made = _nodes.SelectMany(node => node.Outbox.Ids).ToHashSet();
        var lost = made.Count(id => !stored.Contains(id));
        var strange = stored.Count(id => !made.Contains(id));
        var passages = _nodes.Sum(node => (node.Outbox.Made + 1) / 2);
        var rows = _stored.Count("passage");
        var conflicts = _stored.Count("conflict");
        Say($"judged on {_stored.Kind}: {made.Count} made, {_stored.Count("message")} stored, {lost} lost, "
            + $"{rows - passages} passages too many, {strange} nobody made, {conflicts} conflicts; "
            + $"{SentAgain} sent again");
        if (_center!.HasExited) Say($"the center ended: {_center.Words}");
        var missed = Bound.AtMost("nodes: events lost", lost, 0)
            | Bound.AtMost("nodes: passages stored twice, or that nobody made", Math.Abs(rows - passages) + strange + conflicts, 0);
        return missed == 0 && !_center.HasExited;
    }

    /// <summary>Waits until everything is acknowledged; false when that takes too long.</summary>
    public async Task<bool> DrainAsync(TimeSpan? limit = null)
    {
        var watch = Stopwatch.StartNew();
        var isEmpty = await TryUntilAsync(() => _nodes.All(node => node.Outbox.Open == 0), limit ?? DrainLimit);
        if (!isEmpty)
            Say($"{Open} events are not acknowledged after {watch.Elapsed.TotalSeconds:0} s, by "
                + $"{_nodes.Count(node => node.Outbox.Open > 0)} nodes, {_nodes.Count(node => !node.IsConnected)} without a connection, "
                + $"{_nodes.Sum(node => node.SetAside)} of them set aside; one says: "
                + _nodes.First(node => node.Outbox.Open > 0).LastError);
        else if (watch.Elapsed > TimeSpan.FromSeconds(1)) Say($"all acknowledged {watch.Elapsed.TotalSeconds:0.0} s later");
        return isEmpty;
    }

    private void TellLatencies(string what)
    {
        var all = _nodes.SelectMany(node => node.Outbox.TakeLatencies()).Order().ToArray();
        if (all.Length == 0) return;
        Say($"{what}: p50 {all[all.Length / 2]:0} ms, p99 {all[(int)(all.Length * 0.99)]:0} ms, most {all[^1]:0} ms");
    }

    /// <summary>Events made so far.</summary>
    public int Made => _nodes.Sum(node => node.Outbox.Made);

    /// <summary>Events that wait for their ack.</summary>
    public int Open => _nodes.Sum(node => node.Outbox.Open);

    /// <summary>Events given to a connection, each time one is.</summary>
    public long Sent => _nodes.Sum(node => node.Sent);

    /// <summary>What the center has, as the nodes know it.</summary>
    public int Acked => Made - Open;

    /// <summary>The program under test.</summary>
    public BenchProcess Center => _center!;

    /// <summary>Events that were sent more than once, of all made and acknowledged; valid when nothing is open.</summary>
    private long SentAgain => Sent - Acked;

    private static double Own => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;

    private void Busy(bool busy)
    {
        foreach (var node in _nodes) node.IsBusy = busy;
    }

    /// <summary>One core only for the center, and the others for the nodes, so that these can make more than it can take.</summary>
    private void TakeCores()
    {
        if (Environment.ProcessorCount < 2)
            throw new InvalidOperationException("--overload needs two cores: one for the center, one for the nodes");
        using var own = Process.GetCurrentProcess();
        own.ProcessorAffinity = (1 << Math.Min(Environment.ProcessorCount, 30)) - 2;
        for (var i = 0; i < _options.Busy; i++)
            _others.Add(BenchProcess.Start("/usr/bin/taskset", "-c", CenterCore, "/bin/sh", "-c", "while :; do :; done"));
    }

    private async Task CleanAsync()
    {
        foreach (var ending in (string[])["", "-wal", "-shm"]) File.Delete(_site.Folder.Database + ending);
        if (_options.Database is null) return;
        await using var connection = new NpgsqlConnection(_options.Database + ";Pooling=false");
        await connection.OpenAsync();
        await using var look = new NpgsqlCommand("SELECT to_regclass('message') IS NULL", connection);
        if (await look.ExecuteScalarAsync() is not true)
            throw new InvalidOperationException(
                "the PostgreSQL database has tables already; the bench wants an empty one: bench/postgres.sh");
    }

    private void StartBroker()
    {
        string[] pinned = _options.Overload ? ["/usr/bin/taskset", "-c", CenterCore] : [];
        string[] mosquitto = [.. pinned, Broker, "-c", _site.Folder.BrokerConfiguration];
        if (_options.Mosquitto) _broker = BenchProcess.Start(mosquitto[0], mosquitto[1..]);
        else
        {
            StartCenter();
            _broker = _center;
        }
    }

    private void StartCenter()
    {
        var program = Path.Combine(_repository, "artifacts", "bin", "picket-center");
        string[] database = _options.Database is { } postgres ? ["--database", postgres] : [];
        string[] pinned = _options.Overload ? ["/usr/bin/taskset", "-c", CenterCore] : [];
        string[] command =
            [
                .. pinned, program, "run", "--state", _site.Folder.Root,
                "--broker", _options.Mosquitto ? $"localhost:{_site.Port}" : "embedded", "--console-port", "0", "--json",
                .. database,
            ];
        _center = BenchProcess.Start(command[0], command[1..]);
    }

    private async Task UntilAsync(Func<bool> isDone, TimeSpan limit, string what)
    {
        if (await TryUntilAsync(isDone, limit)) return;
        throw new TimeoutException(
            $"not in {limit.TotalSeconds:0} s: {what}\nbroker: {_broker?.Words}\ncenter: {_center?.Words}");
    }

    private async Task<bool> TryUntilAsync(Func<bool> isDone, TimeSpan limit)
    {
        var watch = Stopwatch.StartNew();
        while (!isDone())
        {
            if (watch.Elapsed > limit || Center.HasExited) return false;
            await Task.Delay(50);
        }
        return true;
    }

    public static void Say(string text) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"nodes: {text}"));
}
