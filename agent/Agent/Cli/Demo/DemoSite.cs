using System.Globalization;
using Picket.Agent.Ingest;
using Picket.Agent.Telemetry;
using Picket.CameraSim;

namespace Picket.Agent.Cli.Demo;

/// <summary>
/// A whole site on loopback: simulated cameras in this process; center and node as programs of their own, with
/// keys and certificates made for this run.
/// </summary>
internal sealed class DemoSite(
    DemoPaths paths,
    DemoClipSet clips,
    string? realCamera,
    int pagePort,
    DemoWatch watch) : IAsyncDisposable
{
    public const string NodeName = "demo";
    public const string ListedCamera = "listed";
    public const string StrangerCamera = "stranger";
    public const string VehicleCamera = "vehicles";

    /// <summary>The first drawn vehicle is on the demo's list of plates.</summary>
    public const string ListedEntry = "demo: stolen";
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(60);
    private readonly CameraMount _listed = new(ListedCamera, Load(clips.FranckH264));
    private readonly CameraMount _stranger = new(StrangerCamera, Load(clips.StrangerH264));
    private readonly CameraMount _vehicles = new(VehicleCamera, Load(clips.VehiclesH265));
    private readonly TaskCompletionSource<string> _page = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RtspServer? _cameras;
    private ChildProcess? _center;
    private ChildProcess? _node;

    /// <summary>Frames that the listed person's camera has sent, over all connections.</summary>
    public CameraMount Listed => _listed;

    /// <summary>Frames that the vehicles' camera has sent, over all connections.</summary>
    public CameraMount Vehicles => _vehicles;

    /// <summary>The plate that is on the list.</summary>
    public string ListedPlate => clips.VehiclePresences[0].Name;

    /// <summary>Makes the site and starts its parts; returns the page's one-time link.</summary>
    public async Task<string> StartAsync(CancellationToken cancel)
    {
        _cameras = new RtspServer(0, _listed, _stranger, _vehicles);
        _cameras.Error += e => watch.Say($"camera server: {e.Message}");
        _cameras.Start();
        var port = DemoPaths.FreePort();
        await EnrollAsync(port, cancel);
        WriteNodeConfig(port);
        _center = new ChildProcess(
            "center",
            paths.PicketCenter,
            [
                "run", "--state", paths.CenterState, "--demo-link",
                "--page-port", pagePort.ToString(CultureInfo.InvariantCulture), "--json",
            ],
            paths.Log("center"))
        {
            OnOutput = TakeCenterLine,
            OnError = FindPage,
        };
        _node = new ChildProcess("node", paths.Picket, ["run", "--config", paths.NodeConfig], paths.Log("node"))
        {
            OnError = NodeSays,
        };
        _center.Start();
        _node.Start();
        return await _page.Task.WaitAsync(TimeSpan.FromSeconds(30), cancel);
    }

    /// <summary>Makes the part fail, and brings it back after the fault's time.</summary>
    public async Task BreakAsync(DemoFault fault, CancellationToken cancel)
    {
        watch.Say($"fault: {fault.Part.ToString().ToLowerInvariant()} gone for {fault.For.TotalSeconds:F0} s");
        if (fault.Part == DemoPart.Cameras) await _cameras!.StopAsync();
        else await PartOf(fault.Part).KillAsync();
        await Task.Delay(fault.For, cancel);
        if (fault.Part == DemoPart.Cameras) _cameras!.Start();
        else PartOf(fault.Part).Start();
        watch.Say($"fault: {fault.Part.ToString().ToLowerInvariant()} is back");
    }

    /// <summary>Throws if a part has ended that nobody broke.</summary>
    public void CheckRunning(IReadOnlySet<DemoPart> broken)
    {
        foreach (var part in (DemoPart[])[DemoPart.Center, DemoPart.Node])
        {
            if (broken.Contains(part) || PartOf(part).Running) continue;
            var name = part.ToString().ToLowerInvariant();
            throw new PicketException($"demo: the {name} ended by itself; see {paths.Log(name)}");
        }
    }

    public NodeSnapshot? Telemetry() => TelemetryFile.Read(paths.NodeState);

    /// <summary>
    /// Ends cameras and node, waits until the center has everything, ends the center. False when the line did not drain in time.
    /// </summary>
    public async Task<bool> StopAsync(CancellationToken cancel)
    {
        await _cameras!.StopAsync();
        // The node ends what is open because its cameras are gone, and sends it.
        var drained = await DrainAsync(cancel);
        await _node!.StopAsync();
        await _center!.StopAsync();
        if (_node.ExitCode != 0) watch.Say($"the node ended with code {_node.ExitCode}; see {paths.Log("node")}");
        return drained && _node.ExitCode == 0;
    }

    /// <summary>Ends all parts at once; nothing is judged after that.</summary>
    public async Task KillAsync()
    {
        foreach (var part in (ChildProcess?[])[_node, _center])
            if (part is not null) await part.KillAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
        if (_center is not null) await _center.DisposeAsync();
        if (_cameras is not null) await _cameras.DisposeAsync();
    }

    private async Task<bool> DrainAsync(CancellationToken cancel)
    {
        var begun = TimeProvider.System.GetTimestamp();
        var asked = TimeProvider.System.GetUtcNow();
        while (TimeProvider.System.GetElapsedTime(begun) < DrainPatience)
        {
            await Task.Delay(250, cancel);
            // Only a snapshot from after the cameras were stopped, and one that has seen them all down, counts.
            if (Telemetry() is { } now && now.At > asked && now.Pending == 0 && now.Cameras.All(c => !c.Up))
                return true;
        }
        return false;
    }

    /// <summary>
    /// As at a site without a line: request by file, signature by file. Fresh keys for every run.
    /// </summary>
    private async Task EnrollAsync(int brokerPort, CancellationToken cancel)
    {
        var request = Path.Combine(paths.Site, "node.csr");
        var bundle = Path.Combine(paths.Site, "node-bundle.pem");
        var port = brokerPort.ToString(CultureInfo.InvariantCulture);
        string[][] steps =
        [
            [paths.PicketCenter, "ca", "init", "--state", paths.CenterState, "--broker-port", port],
            [paths.Picket, "join", "--request", request, "--state", paths.NodeState, "--node", NodeName],
            [paths.PicketCenter, "node", "sign", "--state", paths.CenterState, "--csr", request, "--out", bundle],
            [paths.Picket, "join", "--install", bundle, "--state", paths.NodeState],
        ];
        foreach (var step in steps)
        {
            var title = $"{Path.GetFileName(step[0])} {step[1]} {step[2]}";
            await using var program = new ChildProcess(title, step[0], step[1..], paths.Log("enroll"));
            await program.RunToEndAsync(cancel);
        }
    }

    private void WriteNodeConfig(int brokerPort)
    {
        string Camera(string name, string url, string more = "") => $"  - name: {name}\n    url: {Quoted(url)}\n{more}";
        const string Vehicles = "    faces: false\n    plates: true\n    regions: [pk, in, eu]\n";
        File.WriteAllText(paths.PlateList, $"plate,note\n{ListedPlate},{ListedEntry}\n");
        var cameras = realCamera is null
            ? Camera(ListedCamera, _cameras!.UrlOf(_listed))
                + Camera(StrangerCamera, _cameras.UrlOf(_stranger))
                + Camera(VehicleCamera, _cameras.UrlOf(_vehicles), Vehicles)
            : RealCamera(realCamera);
        File.WriteAllText(paths.NodeConfig, $"""
            node: {NodeName}
            state: {Quoted(paths.NodeState)}
            models: {Quoted(Path.Combine(paths.Root, "artifacts", "models"))}
            cameras:
            {cameras.TrimEnd()}
            faceList:
              folder: {Quoted(clips.GalleryFolder)}
            lists:
              - name: plates
                file: {Quoted(paths.PlateList)}
            link:
              endpoints: ["127.0.0.1:{brokerPort}"]

            """);
    }

    /// <summary>
    /// A camera's credentials go where the configuration wants them: the password into a file of the demo's private
    /// folder.
    /// </summary>
    private string RealCamera(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.UserInfo.Length == 0)
        {
            var url = FrameSources.IsAddress(address) ? address : Path.GetFullPath(address);
            return $"  - name: real\n    url: {Quoted(url)}\n    plates: true\n";
        }
        var credentials = uri.UserInfo.Split(':', 2);
        var file = Path.Combine(paths.Site, "camera.password");
        File.WriteAllText(file, Uri.UnescapeDataString(credentials.Length > 1 ? credentials[1] : ""));
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var plain = new UriBuilder(uri) { UserName = "", Password = "" }.Uri.AbsoluteUri;
        var user = Uri.UnescapeDataString(credentials[0]);
        return $"  - name: real\n    url: {Quoted(plain)}\n    user: {Quoted(user)}\n"
            + $"    passwordFile: {Quoted(file)}\n    plates: true\n";
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private ChildProcess PartOf(DemoPart part) => part switch
    {
        DemoPart.Node => _node!,
        DemoPart.Center => _center!,
        DemoPart.Cameras => throw new ArgumentException("the cameras are no program of their own", nameof(part)),
        _ => throw new ArgumentOutOfRangeException(nameof(part), part, null),
    };

    private void TakeCenterLine(string line)
    {
        if (DemoAlert.Parse(line) is { } found) watch.Alert(found);
    }

    private void FindPage(string line)
    {
        var at = line.IndexOf("http://127.0.0.1:", StringComparison.Ordinal);
        if (at < 0) return;
        var link = line[at..].Split(' ')[0];
        // The center prints a new link whenever one was used and when it was restarted.
        if (!_page.TrySetResult(link)) watch.ShowPage(link);
    }

    private void NodeSays(string line)
    {
        if (line.StartsWith("picket:", StringComparison.Ordinal)) watch.Say(line);
    }

    private static AnnexBClip Load(DemoClip clip) => AnnexBClip.Load(clip.Path, clip.FramesPerSecond);
}
