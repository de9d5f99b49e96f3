using System.Diagnostics;
using System.Threading.Channels;
using Picket.Tests.Support;

namespace Picket.Tests.EndToEnd;

/// <summary>The built node as a process of its own; killed at the end of the test if it still runs.</summary>
internal sealed class NodeProcess : IDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _read = [];

    public NodeProcess(string config, params (string Name, string Value)[] environment)
    {
        // As by a terminal: whoever runs the tests under nohup hands an ignored HUP down, which the program respects.
        var start = new ProcessStartInfo(
            "/usr/bin/env", ["--default-signal=HUP", Repository.Path("artifacts", "bin", "picket"), "run", "--config", config])
        {
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        _process = new Process { StartInfo = start };
        _process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is null) _lines.Writer.TryComplete();
            else _lines.Writer.TryWrite(e.Data);
        };
        _process.Start();
        _process.BeginErrorReadLine();
    }

    public int ExitCode => _process.ExitCode;

    /// <summary>The first line of its log, past or future, that holds <paramref name="text"/>.</summary>
    public async Task<string> WaitForLineAsync(string text, CancellationToken cancel)
    {
        if (_read.Find(l => l.Contains(text, StringComparison.Ordinal)) is { } seen) return seen;
        while (await _lines.Reader.WaitToReadAsync(cancel))
        {
            while (_lines.Reader.TryRead(out var line))
            {
                _read.Add(line);
                if (line.Contains(text, StringComparison.Ordinal)) return line;
            }
        }
        throw new InvalidOperationException($"the node ended without a word of '{text}': {string.Join('\n', _read)}");
    }

    /// <summary>Waits for what its work brings about; fails with its log when it ends instead, or when the time is up.</summary>
    public async Task UntilAsync(Func<bool> condition, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!condition())
        {
            if (_process.HasExited || cancel.IsCancellationRequested)
            {
                while (_lines.Reader.TryRead(out var line)) _read.Add(line);
                var state = _process.HasExited ? $"ended with {_process.ExitCode}" : "still runs";
                throw new InvalidOperationException($"not seen, and the node {state}: {string.Join('\n', _read)}");
            }
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Asks it to end as systemd does, and gives everything it logged.</summary>
    public async Task<string> EndAsync(CancellationToken cancel)
    {
        await SignalAsync("-TERM");
        await _process.WaitForExitAsync(cancel);
        await foreach (var line in _lines.Reader.ReadAllAsync(cancel)) _read.Add(line);
        return string.Join('\n', _read);
    }

    /// <param name="signal">As kill(1) takes it: <c>-HUP</c>. Nothing when the process has ended.</param>
    public async Task SignalAsync(string signal)
    {
        if (_process.HasExited) return;
        await ExternalProgram.RunAsync(
            "/bin/kill", signal, _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    public Task WaitForEndAsync(CancellationToken cancel) => _process.WaitForExitAsync(cancel);

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
