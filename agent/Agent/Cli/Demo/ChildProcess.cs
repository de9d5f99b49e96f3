using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Picket.Agent.Cli.Demo;

/// <summary>
/// One program of the demo's site: started, listened to, ended by its own process id, started again after a fault.
/// </summary>
internal sealed partial class ChildProcess(
    string title, string program, IReadOnlyList<string> arguments, string logFile) : IAsyncDisposable
{
    private const int Sigterm = 15;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly Lock _logLock = new();
    private Process? _process;

    /// <summary>Called for each line of standard output, on a pool thread.</summary>
    public Action<string>? OnOutput { get; init; }

    /// <summary>
    /// Called for each line of standard error, on a pool thread; every line is in the log file as well.
    /// </summary>
    public Action<string>? OnError { get; init; }

    public int? Id => _process?.Id;

    /// <summary>Of the last end, or null while it runs.</summary>
    public int? ExitCode => _process is { HasExited: true } ended ? ended.ExitCode : null;
    public bool Running => _process is { HasExited: false };

    /// <exception cref="PicketException">The program is not there.</exception>
    public void Start()
    {
        if (!File.Exists(program))
        {
            throw new PicketException(
                $"demo: {title}: {program} is missing; run 'make demo', which installs it", Host.ExitCode.PartMissing);
        }
        // A session of its own: Ctrl-C in the terminal goes to the demo, which then ends its parts in order. And none
        // outlives the demo, not even its kill -9: then the kernel ends them. setpriv becomes setsid, and that the
        // program, so the process id stays.
        var start = new ProcessStartInfo(
            "/usr/bin/setpriv", ["--pdeathsig", "KILL", "--", "/usr/bin/setsid", program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, e) => Take(e.Data, OnOutput);
        process.ErrorDataReceived += (_, e) => Take(e.Data, OnError);
        ChildThread.Run(() => process.Start());
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process?.Dispose();
        _process = process;
    }

    /// <summary>
    /// Runs to its end. Throws if it ends with another code than 0, showing the last line it wrote.
    /// </summary>
    public async Task RunToEndAsync(CancellationToken cancel)
    {
        Start();
        await _process!.WaitForExitAsync(cancel);
        if (_process.ExitCode != 0)
            throw new PicketException($"demo: {title} ended with code {_process.ExitCode}; see {logFile}");
    }

    /// <summary>kill -9: what a power cut or a crash is to the others.</summary>
    public async Task KillAsync()
    {
        if (_process is not { HasExited: false } process) return;
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Asks it to end; after 15 s it is killed, and false says so.</summary>
    public async Task<bool> StopAsync()
    {
        if (_process is not { HasExited: false } process) return true;
        // A failure means that it has just ended by itself.
        _ = Kill(process.Id, Sigterm);
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
            return true;
        }
        catch (TimeoutException)
        {
            await KillAsync();
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();
    }

    private void Take(string? line, Action<string>? next)
    {
        if (line is null) return;
        lock (_logLock) File.AppendAllText(logFile, line + Environment.NewLine);
        next?.Invoke(line);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}

/// <summary>
/// Starts the demo's programs from one thread that lives as long as the demo: the kernel ends a child by its
/// parent-death signal when the thread that made it ends (prctl(2), PR_SET_PDEATHSIG), and threads of the pool come and
/// go.
/// </summary>
internal static class ChildThread
{
    private static readonly BlockingCollection<Action> Work = [];

    static ChildThread() => new Thread(() =>
    {
        foreach (var work in Work.GetConsumingEnumerable()) work();
    })
    { IsBackground = true, Name = "children" }.Start();

    /// <summary>Does <paramref name="start"/> on the thread, and throws what it throws.</summary>
    public static void Run(Action start)
    {
        using var done = new ManualResetEventSlim();
        ExceptionDispatchInfo? failure = null;
        Work.Add(() =>
        {
            try
            {
                start();
            }
            catch (Exception e) // it belongs to the caller, not to this thread
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
            done.Set();
        });
        done.Wait();
        failure?.Throw();
    }
}
