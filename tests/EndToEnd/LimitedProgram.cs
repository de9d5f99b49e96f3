using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Picket.Tests.Support;

namespace Picket.Tests.EndToEnd;

/// <summary>A program under the limits of one of our systemd units, as another user; ended with the test.</summary>
internal sealed class LimitedProgram : IDisposable
{
    /// <summary>Where it sees the programs, the models and the scripts beside them.</summary>
    public const string Programs = "/opt/picket/lib";
    public const string Models = "/opt/picket/models";
    public const string Packaging = "/opt/picket/packaging";

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _read = [];
    private int _open = 2;

    /// <param name="state">The folder that it sees as its unit's StateDirectory.</param>
    /// <param name="more">Settings as if they stood in the unit.</param>
    public LimitedProgram(string unit, string state, string[] command, params string[] more)
    {
        var runtime = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        string[] arguments =
        [
            "--mount", "--ipc", "/usr/bin/python3", Repository.Path("tests", "EndToEnd", "limited.py"),
            Repository.Path("packaging", "systemd", unit), state,
            "--bind", $"{AppContext.BaseDirectory}:{Programs}",
            "--bind", $"{Repository.Path("artifacts", "models")}:{Models}",
            "--bind", $"{Repository.Path("packaging")}:{Packaging}",
            "--bind", $"{runtime}:/opt/picket/dotnet",
            .. more.SelectMany(setting => new[] { "--set", setting }),
            "--", .. command,
        ];
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("/usr/bin/unshare", arguments) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        _process.OutputDataReceived += Take;
        _process.ErrorDataReceived += Take;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What the kernel says of it (proc(5)): <c>CapEff</c>, <c>NoNewPrivs</c>, <c>Seccomp</c>, ...</summary>
    public Dictionary<string, string> Status() =>
        File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/status"))
            .Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim());

    /// <summary>The soft limit on open files or core files as <c>/proc/PID/limits</c> says it.</summary>
    public string Limit(string name) =>
        File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/limits"))
            .Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Trim().Split(' ')[0];

    /// <summary>The first line of either output, past or future, that holds <paramref name="text"/>.</summary>
    public async Task<string> WaitForLineAsync(string text, CancellationToken cancel)
    {
        if (_read.Find(l => l.Contains(text, StringComparison.Ordinal)) is { } seen) return seen;
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(cancel))
            {
                _read.Add(line);
                if (line.Contains(text, StringComparison.Ordinal)) return line;
            }
        }
        catch (OperationCanceledException)
        {
            // The time is up: what was said so far tells more than that.
        }
        throw new InvalidOperationException($"no word of '{text}': {string.Join('\n', _read)}");
    }

    /// <summary>Its exit code and all that it said.</summary>
    public async Task<(int Code, string Text)> EndAsync(CancellationToken cancel)
    {
        await _process.WaitForExitAsync(cancel);
        await foreach (var line in _lines.Reader.ReadAllAsync(cancel)) _read.Add(line);
        return (_process.ExitCode, string.Join('\n', _read));
    }

    /// <summary>Asks it to end as systemd does.</summary>
    public Task TellToEndAsync() => ExternalProgram.OutputOfAsync("/bin/kill", "-TERM", _process.Id.ToString(CultureInfo.InvariantCulture));

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private void Take(object sender, DataReceivedEventArgs e)
    {
        if (e.Data is not null) _lines.Writer.TryWrite(e.Data);
        else if (Interlocked.Decrement(ref _open) == 0) _lines.Writer.TryComplete();
    }
}
