using System.Globalization;
using Picket.Faults.Phases;

namespace Picket.Faults.Site;

/// <summary>A private PostgreSQL on a socket of its own, with the durability of its defaults; all its processes can be
/// killed at once. Root can't run one: then it is the user postgres.</summary>
internal sealed class PostgresCluster : IAsyncDisposable
{
    private readonly string _folder;
    private readonly string _log;
    private ChildProgram? _server;

    private PostgresCluster(string folder, string log)
    {
        // Socket paths have at most 107 bytes, and the user postgres has no way into other folders.
        _folder = folder;
        _log = log;
    }

    /// <summary>Where Debian's newest PostgreSQL has its programs, or null.</summary>
    public static string? Programs { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))
            .Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Max()
        : null;

    /// <summary>As libpq reads it.</summary>
    public string Address => $"postgresql:///postgres?host={_folder}&user=postgres";

    /// <summary>The folder of the server's socket.</summary>
    public string SocketFolder => _folder;

    private string Cluster => Path.Combine(_folder, "data");

    public static async Task<PostgresCluster> CreateAsync(string log)
    {
        var cluster = new PostgresCluster(Directory.CreateTempSubdirectory("picket-pg-").FullName, log);
        if (Environment.IsPrivilegedProcess) await ChildProgram.RunAsync("chown", ["postgres:", cluster._folder], log);
        var (program, arguments) = Command(
            "initdb", "-D", cluster.Cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync");
        await ChildProgram.RunAsync(program, arguments, log);
        return cluster;
    }

    /// <summary>Starts it and waits until it answers.</summary>
    public async Task<ChildProgram> StartAsync(CancellationToken cancel)
    {
        while (true)
        {
            var (program, arguments) = Command(
                "postgres", "-D", Cluster, "-k", _folder, "-c", "listen_addresses=", "-c", "max_connections=40");
            _server = ChildProgram.Start(program, arguments, _log);
            if (await _server.ReadLineAsync("database system is ready to accept connections", cancel)) return _server;
            // After a kill it ends itself as long as a process of its predecessor has not noticed yet.
            await _server.DisposeAsync();
            await Task.Delay(50, cancel);
        }
    }

    /// <summary>kill -9 of the main process and of all that it has started.</summary>
    public (long Before, long After) Kill()
    {
        var main = _server ?? throw new InvalidOperationException("the server does not run");
        var id = main.Id.ToString(CultureInfo.InvariantCulture);
        var children = File.ReadAllText($"/proc/{id}/task/{id}/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (before, after) = main.Kill();
        foreach (var child in children) ChildProgram.Kill(int.Parse(child, CultureInfo.InvariantCulture));
        return (before, Math.Max(after, Announcer.Monotonic()));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            if (!_server.HasExited) Kill();
            await _server.DisposeAsync();
        }
        // What was killed still writes its last.
        for (var attempt = 0; attempt < 20; attempt++)
        {
            try
            {
                Directory.Delete(_folder, recursive: true);
                return;
            }
            catch (IOException)
            {
                await Task.Delay(100);
            }
        }
    }

    private static (string Program, string[] Arguments) Command(string program, params string[] arguments)
    {
        var path = Path.Combine(
            Programs ?? throw new InvalidOperationException("PostgreSQL is not installed"), program);
        return Environment.IsPrivilegedProcess
            ? ("/usr/bin/setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", path, .. arguments])
            : (path, arguments);
    }
}
