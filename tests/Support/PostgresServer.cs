using System.Diagnostics;
using Npgsql;

namespace Picket.Tests.Support;

/// <summary>A private PostgreSQL in a folder of its own, on a socket in that folder, with the durability of its
/// defaults. Root can't run one: then it is the user postgres.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("picket-pg-").FullName;
    private Process? _process;
    private int _schemas;

    private PostgresServer()
    {
    }

    /// <summary>Where Debian's newest PostgreSQL has its programs, or null.</summary>
    public static string? Programs { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))
            .Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Max()
        : null;

    /// <summary>Whose tables those of <see cref="NewDatabaseAsync"/> are beside: for looks at the server itself.</summary>
    public string Address => $"Host={_folder};Username=postgres;Database=postgres";

    private string Cluster => Path.Combine(_folder, "data");

    public static async Task<PostgresServer> StartAsync()
    {
        var server = new PostgresServer();
        if (Environment.IsPrivilegedProcess) await ExternalProgram.OutputOfAsync("chown", "postgres:", server._folder);
        var (program, arguments) = server.Command(
            "initdb", "-D", server.Cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync");
        await ExternalProgram.OutputOfAsync(program, arguments);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>An empty database, as far as a program can tell: a schema of its own.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        var schema = $"test{Interlocked.Increment(ref _schemas)}";
        await using var connection = new NpgsqlConnection(Address + ";Pooling=false");
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"CREATE SCHEMA {schema}", connection);
        await create.ExecuteNonQueryAsync();
        return $"{Address};Search Path={schema}";
    }

    /// <summary>Starts it (again) and waits until it lets somebody in.</summary>
    public async Task StartAgainAsync()
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            if (_process is null or { HasExited: true })
            {
                // After a kill -9 it ends itself as long as processes of its predecessor have not noticed yet.
                var (program, arguments) = Command(
                    "postgres", "-D", Cluster, "-k", _folder, "-c", "listen_addresses=", "-c", "max_connections=40");
                _process?.Dispose();
                _process = Process.Start(new ProcessStartInfo(program, arguments)
                {
                    RedirectStandardError = true,
                    RedirectStandardOutput = true,
                }) ?? throw new InvalidOperationException("postgres did not start");
                _process.BeginErrorReadLine();
                _process.BeginOutputReadLine();
            }
            try
            {
                await using var connection = new NpgsqlConnection(Address + ";Pooling=false;Timeout=5");
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException) when (watch.Elapsed < StartTimeout)
            {
                await Task.Delay(50);
            }
        }
    }

    /// <summary>kill -9 of its main process; the others end when they notice.</summary>
    public async Task KillAsync()
    {
        if (_process is null) return;
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            // Smart and fast shutdowns write all they have; nobody needs that any more (SIGQUIT: immediate).
            using var quit = Process.Start("kill", ["-QUIT", $"{_process.Id}"]);
            await quit.WaitForExitAsync();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }

    private (string Program, string[] Arguments) Command(string program, params string[] arguments)
    {
        var path = Path.Combine(
            Programs ?? throw new InvalidOperationException("PostgreSQL is not installed"), program);
        return Environment.IsPrivilegedProcess
            ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", path, .. arguments])
            : (path, arguments);
    }
}
