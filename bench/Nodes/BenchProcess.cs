using System.Diagnostics;
using System.Globalization;

namespace Picket.Bench.Nodes;

/// <summary>A program under load, with its peak memory.</summary>
internal sealed class BenchProcess : IDisposable
{
    private readonly Process _process;
    private readonly Queue<string> _lastLines = new();

    private BenchProcess(Process process) => _process = process;

    public bool HasExited => _process.HasExited;

    /// <summary>Its latest output, for when something is wrong.</summary>
    public string Words
    {
        get
        {
            lock (_lastLines) return string.Join("\n", _lastLines);
        }
    }

    /// <summary>The most memory it ever had resident, MiB; -1 when it is gone.</summary>
    public double PeakMegabytes => Status("VmHWM:");

    /// <summary>Seconds of processor time so far.</summary>
    public double ProcessorSeconds => _process.HasExited ? 0 : _process.TotalProcessorTime.TotalSeconds;

    public static BenchProcess Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException($"{program} did not start");
        var started = new BenchProcess(process);
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => started.Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return started;
    }

    /// <summary>SIGSTOP or SIGCONT: it stops, or continues.</summary>
    public async Task StandAsync(bool isStill)
    {
        using var kill = Process.Start("/bin/kill", [isStill ? "-STOP" : "-CONT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_lastLines)
        {
            _lastLines.Enqueue(line);
            if (_lastLines.Count > 10) _lastLines.Dequeue();
        }
    }

    private double Status(string field)
    {
        try
        {
            var line = File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith(field, StringComparison.Ordinal));
            var kilobytes = line[field.Length..].Trim().Split(' ')[0];
            return double.Parse(kilobytes, CultureInfo.InvariantCulture) / 1024;
        }
        catch (IOException)
        {
            return -1;
        }
    }
}
