using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Picket.Faults.Phases;

namespace Picket.Faults.Site;

/// <summary>A program under test: started, spoken to, killed by its own process id.</summary>
internal sealed partial class ChildProgram : IAsyncDisposable
{
    private const int Sigkill = 9;
    private const int Sigterm = 15;

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly string _log;

    private ChildProgram(Process process, string log)
    {
        _process = process;
        _log = log;
        process.OutputDataReceived += (_, e) => Take(e.Data, isOutput: true);
        process.ErrorDataReceived += (_, e) => Take(e.Data, isOutput: false);
    }

    public int Id { get; private set; }

    public bool HasExited => _process.HasExited;

    /// <param name="log">Takes all that it writes; appended to.</param>
    public static ChildProgram Start(
        string program, IEnumerable<string> arguments, string log, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var child = new ChildProgram(new Process { StartInfo = start }, log);
        child._process.Start();
        child.Id = child._process.Id;
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0.</exception>
    public static async Task RunAsync(string program, IEnumerable<string> arguments, string log)
    {
        await using var child = Start(program, arguments, log);
        await child._process.WaitForExitAsync();
        if (child._process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {child._process.ExitCode}; see {log}");
    }

    /// <summary>Sends a line; a program that has just been killed gets it no more.</summary>
    public async Task SendAsync(string line)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(line);
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // Killed: who waits for the answer learns of it.
            return;
        }
    }

    /// <summary>Reads its output up to a line that ends with <paramref name="line"/>; false when it ended
    /// before.</summary>
    public async Task<bool> ReadLineAsync(string line, CancellationToken cancel)
    {
        await foreach (var read in _lines.Reader.ReadAllAsync(cancel))
        {
            if (read.EndsWith(line, StringComparison.Ordinal)) return true;
        }
        return false;
    }

    /// <summary>kill -9, at once; returns the moments before and after the call.</summary>
    public (long Before, long After) Kill()
    {
        var before = Announcer.Monotonic();
        _ = kill(Id, Sigkill);
        return (before, Announcer.Monotonic());
    }

    public static void Kill(int id) => _ = kill(id, Sigkill);

    public Task ExitedAsync() => _process.WaitForExitAsync();

    /// <summary>Asks it to end, and kills it if it does not within 15 s.</summary>
    public async Task StopAsync()
    {
        if (_process.HasExited) return;
        _ = kill(Id, Sigterm);
        try
        {
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(15));
        }
        catch (TimeoutException)
        {
            Kill();
            await _process.WaitForExitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Kill();
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    private void Take(string? line, bool isOutput)
    {
        if (line is null)
        {
            if (isOutput) _lines.Writer.TryComplete();
            return;
        }
        _lines.Writer.TryWrite(line);
        lock (_process)
            File.AppendAllText(
                _log, string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss.fff} {Id} {line}\n"));
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);
}
