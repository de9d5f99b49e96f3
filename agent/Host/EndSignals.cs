using System.Runtime.InteropServices;

namespace Picket.Host;

/// <summary>
/// The signals that end the program: SIGTERM, Ctrl-C, and the end of its terminal. Each starts an orderly end, which
/// further ones don't cut short. SIGUSR1 and SIGUSR2, which would end it by default, do nothing.
/// </summary>
public sealed class EndSignals : IDisposable
{
    private static readonly PosixSignal[] Ending =
        [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];

    /// <summary>SIGUSR1 and SIGUSR2 as Linux numbers them (signal(7)); .NET has no names for them.</summary>
    private static readonly PosixSignal[] Ignored = [(PosixSignal)10, (PosixSignal)12];

    private readonly CancellationTokenSource _end = new();
    private readonly PosixSignalRegistration[] _registrations;

    public EndSignals()
    {
        // Whoever started this under nohup wants it to outlive the terminal.
        var ending = Ending.Where(signal => signal != PosixSignal.SIGHUP || !IsHangupIgnored());
        _registrations = [.. ending.Select(End), .. Ignored.Select(Ignore)];
    }

    /// <summary>Canceled by the first of them.</summary>
    public CancellationToken Token => _end.Token;

    /// <summary>Runs <paramref name="work"/> to its end, for which it has <paramref name="patience"/> after the first
    /// signal.</summary>
    /// <returns>False if it did not end in time.</returns>
    public async Task<bool> WaitAsync(Task work, TimeSpan patience)
    {
        var late = Task.Delay(Timeout.Infinite, Token)
            .ContinueWith(
                _ => Task.Delay(patience), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default)
            .Unwrap();
        return await Task.WhenAny(work, late) == work;
    }

    private static PosixSignalRegistration Ignore(PosixSignal signal) =>
        PosixSignalRegistration.Create(signal, context => context.Cancel = true);

    private PosixSignalRegistration End(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        _end.Cancel();
    });

    /// <summary>As the program was started: bit 0 of its mask of ignored signals stands for SIGHUP (proc(5)).</summary>
    private static bool IsHangupIgnored()
    {
        const string Field = "SigIgn:";
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(Field, StringComparison.Ordinal));
        return line is not null && (Convert.ToUInt64(line[Field.Length..].Trim(), 16) & 1) != 0;
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _end.Dispose();
    }
}
