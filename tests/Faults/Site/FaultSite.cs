using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Picket.Faults.Node;
using Picket.Faults.Phases;
using Picket.Tests.Support;

namespace Picket.Faults.Site;

/// <summary>A whole site of real programs: mosquitto with the generated configuration, <c>picket-center</c>, and the
/// node under test, which reach the broker over a line each that can be disturbed.</summary>
internal sealed class FaultSite : IAsyncDisposable
{
    public const string NodeName = "gate-1";

    private const string Broker = "/usr/sbin/mosquitto";

    /// <summary>Ten times what the slowest recovery takes on a busy machine; a site that is not drained then has lost
    /// something, or hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private static readonly JsonSerializerOptions JsonOptions = new() { PropertyNameCaseInsensitive = true };

    private readonly Dictionary<Part, ChildProgram> _running = [];
    private readonly SiteOptions _options;
    private IReadOnlyList<string> _nodePrefix = [];
    private IReadOnlyList<string> _centerPrefix = [];
    private PostgresCluster? _postgres;
    private SocketTap? _tap;
    private int _nodeRuns;

    private FaultSite(string folder, int port, SiteOptions options)
    {
        Folder = folder;
        _options = options;
        BrokerPort = port;
        NodeLine = new LineProxy(port);
        CenterLine = new LineProxy(port);
        NodePhases = new PhasePipe(Path.Combine(folder, "node.pipe"));
        CenterPhases = new PhasePipe(Path.Combine(folder, "center.pipe"));
    }

    public string Folder { get; }

    public int BrokerPort { get; }

    /// <summary>Between the node and the broker.</summary>
    public LineProxy NodeLine { get; }

    /// <summary>Between the center and the broker.</summary>
    public LineProxy CenterLine { get; }

    public PhasePipe NodePhases { get; }

    public PhasePipe CenterPhases { get; }

    public string NodeState => Path.Combine(Folder, "node");

    public string CenterState => Path.Combine(Folder, "center");

    public string Journal => Path.Combine(Folder, "accepted.jsonl");

    public ChildProgram this[Part part] => _running[part];

    private string Log(string name) => Path.Combine(Folder, name + ".log");

    /// <summary>Makes a site and joins the node by the product's own verbs.</summary>
    /// <param name="folder">Made; removed by nobody.</param>
    public static async Task<FaultSite> CreateAsync(string folder, SiteOptions options)
    {
        Directory.CreateDirectory(folder);
        var port = FreePort();
        var site = new FaultSite(folder, port, options);
        var request = Path.Combine(folder, "gate.csr");
        var bundle = Path.Combine(folder, "gate.pem");
        await site.CenterVerbAsync("ca", "init", "--broker-port", port.ToString(CultureInfo.InvariantCulture));
        await site.NodeVerbAsync("--request", request, "--node", NodeName);
        await site.CenterVerbAsync("node", "sign", "--csr", request, "--out", bundle, "--name", NodeName);
        await site.NodeVerbAsync("--install", bundle);
        if (options.NodeDisk is not null) site._nodePrefix = (await options.NodeDisk.Value).Prefix;
        if (options.CenterDisk is not null) site._centerPrefix = (await options.CenterDisk.Value).Prefix;
        if (options.HasPostgres)
        {
            site._postgres = await PostgresCluster.CreateAsync(site.Log("postgres"));
            site._tap = new SocketTap(
                Path.Combine(site._postgres.SocketFolder + "-tap"), site._postgres.SocketFolder,
                new Announcer(site.CenterPhases.Path));
        }
        return site;
    }

    public static string Program(string name) => Path.Combine(AppContext.BaseDirectory, name);

    /// <summary>Starts all parts; what runs already runs on.</summary>
    public async Task StartAsync()
    {
        foreach (var part in (Part[])[Part.Postgres, Part.Broker, Part.Center, Part.Node])
        {
            if (part == Part.Postgres && _postgres is null) continue;
            if (!_running.TryGetValue(part, out var child) || child.HasExited) await StartAsync(part);
        }
    }

    public async Task StartAsync(Part part)
    {
        if (_running.Remove(part, out var old)) await old.DisposeAsync();
        _running[part] = part switch
        {
            Part.Broker => await StartBrokerAsync(),
            Part.Center => StartCenter(),
            Part.Node => StartNode(),
            Part.Postgres when _postgres is not null => await StartPostgresAsync(_postgres),
            _ => throw new ArgumentOutOfRangeException(nameof(part), part, "no such part here"),
        };
    }

    /// <summary>kill -9; of PostgreSQL, all its processes.</summary>
    public (long Before, long After) Kill(Part part) =>
        part == Part.Postgres ? _postgres!.Kill() : _running[part].Kill();

    /// <summary>Lets the node make events.</summary>
    public Task BurstAsync(int count) => CommandAsync($"burst {count}");

    /// <summary>Waits until the center has acknowledged all that the node holds.</summary>
    public Task DrainAsync() => CommandAsync("drain");

    /// <summary>Sends a command to the node and waits until it is done.</summary>
    /// <exception cref="InvalidOperationException">The node ended, or did not finish in time.</exception>
    public async Task CommandAsync(string line, TimeSpan? patience = null)
    {
        await _running[Part.Node].SendAsync(line);
        await DoneAsync(line, patience);
    }

    /// <summary>Waits until the node has done a command that was sent before.</summary>
    public async Task DoneAsync(string line, TimeSpan? patience = null)
    {
        using var limit = new CancellationTokenSource(patience ?? Patience);
        try
        {
            if (await _running[Part.Node].ReadLineAsync(line, limit.Token)) return;
            throw new InvalidOperationException($"the node ended before '{line}' was done; see {Log("node")}");
        }
        catch (OperationCanceledException)
        {
            throw new InvalidOperationException(
                $"'{line}' was not done after {(patience ?? Patience).TotalSeconds:0} s; see the logs in {Folder}");
        }
    }

    /// <summary>Lets packaging/verify-delivery.py compare journal, outbox and center; the site goes on running.</summary>
    public async Task<JudgeResult> JudgeAsync()
    {
        // One of the prefixes is empty: a site has one small disk at most.
        string[] command =
        [
            .. _nodePrefix, .. _centerPrefix, "/usr/bin/python3",
            Repository.Path("packaging", "verify-delivery.py"),
            Path.Combine(NodeState, "outbox.db"),
            _postgres?.Address ?? Path.Combine(CenterState, "center.db"),
            NodeName,
            "--accepted", Journal,
            "--json",
        ];
        using var judge = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = judge.StandardError.ReadToEndAsync();
        var output = await judge.StandardOutput.ReadToEndAsync();
        await judge.WaitForExitAsync();
        if (judge.ExitCode is not (0 or 1)) throw new InvalidOperationException($"the judge failed: {await errors}");
        return JsonSerializer.Deserialize<JudgeResult>(output, JsonOptions)!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (part, child) in _running)
        {
            if (part != Part.Postgres) await child.DisposeAsync();
        }
        if (_tap is not null) await _tap.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
        await NodeLine.DisposeAsync();
        await CenterLine.DisposeAsync();
        NodePhases.Dispose();
        CenterPhases.Dispose();
    }

    private async Task<ChildProgram> StartBrokerAsync()
    {
        var broker = ChildProgram.Start(
            Broker, ["-c", Path.Combine(CenterState, "broker", "mosquitto.conf")], Log("broker"));
        using var limit = new CancellationTokenSource(Patience);
        if (!await broker.ReadLineAsync(" running", limit.Token))
            throw new InvalidOperationException($"mosquitto ended at once; see {Log("broker")}");
        return broker;
    }

    private static async Task<ChildProgram> StartPostgresAsync(PostgresCluster postgres)
    {
        using var limit = new CancellationTokenSource(Patience);
        return await postgres.StartAsync(limit.Token);
    }

    private ChildProgram StartCenter() => Start(
        _centerPrefix,
        [
            Program("picket-center"), "run", "--state", CenterState, "--json", "--console-port", "0",
            "--broker", $"localhost:{CenterLine.Port}",
            .. _tap is null ? (string[])[] : ["--database", $"Host={_tap.Folder};Username=postgres;Database=postgres"],
        ],
        "center",
        [
            (Announcer.Variable, CenterPhases.Path), ("DOTNET_STARTUP_HOOKS", Program("Picket.Faults.dll")),
            .. _options.CenterEnvironment,
        ]);

    private ChildProgram StartNode()
    {
        var settings = new NodeSettings(
            NodeState, Journal, NodeName, NodeLine.Port, _options.Seed, _nodeRuns++, _options.SeamFaults,
            _options.IsQuick);
        return Start(
            [.. _nodePrefix, .. _options.NodePrefix],
            [Program("Picket.Faults"), "node", JsonSerializer.Serialize(settings)],
            "node",
            [(Announcer.Variable, NodePhases.Path)]);
    }

    private ChildProgram Start(
        IReadOnlyList<string> prefix, string[] command, string log, (string Name, string Value)[] environment)
    {
        string[] all = [.. prefix, .. command];
        // Not the product's concern, and it makes a start quicker: no optimizing by profile, no diagnostics pipe.
        return ChildProgram.Start(
            all[0], all[1..], Log(log), [.. environment, ("DOTNET_TieredPGO", "0"), ("DOTNET_EnableDiagnostics", "0")]);
    }

    private Task CenterVerbAsync(params string[] arguments) => ChildProgram.RunAsync(
        Program("picket-center"), [.. arguments, "--state", CenterState], Log("setup"));

    private Task NodeVerbAsync(params string[] arguments) => ChildProgram.RunAsync(
        Program("picket"), ["join", .. arguments, "--state", NodeState], Log("setup"));

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
