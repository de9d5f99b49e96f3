using System.Collections.Concurrent;

namespace Picket.Agent.Cli.Demo;

/// <summary>
/// What a person sees while the demo runs, and what the result is judged by: every alert, as the center printed it.
/// </summary>
internal sealed class DemoWatch(long started, IReadOnlyList<DemoFault> faults)
{
    private readonly ConcurrentQueue<DemoAlert> _alerts = new();
    private readonly Lock _console = new();
    private long _firstAlert;

    /// <summary>All that was told of people and plates.</summary>
    public IReadOnlyCollection<DemoAlert> Alerts => _alerts;

    /// <summary>From the command's start to the first alert, or null.</summary>
    public TimeSpan? FirstAlert =>
        Volatile.Read(ref _firstAlert) is var ticks and > 0 ? TimeSpan.FromTicks(ticks) : null;

    public void Say(string line)
    {
        lock (_console) Console.Error.WriteLine($"demo: {line}");
    }

    public void Alert(DemoAlert alert)
    {
        if (alert.IsAlarm)
        {
            if (Interlocked.CompareExchange(ref _firstAlert, TimeProvider.System.GetElapsedTime(started).Ticks, 0) == 0)
                Say($"first alert {FirstAlert!.Value.TotalSeconds:F1} s after the start");
        }
        if (alert.Person is not null || alert.Plate is not null) _alerts.Enqueue(alert);
        if (alert.Kind == "node.health") return;
        lock (_console) Console.Error.WriteLine(alert.Line(TimeZoneInfo.Local));
    }

    /// <summary>Watches until the time is over or Ctrl-C; pulls the cables when their time comes.</summary>
    public async Task RunAsync(DemoSite site, TimeSpan? length, CancellationToken cancel)
    {
        var broken = new ConcurrentDictionary<DemoPart, int>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var pulls = faults.Select(f => PullAsync(site, f, broken, over.Token)).ToArray();
        var begun = TimeProvider.System.GetTimestamp();
        try
        {
            while (length is null || TimeProvider.System.GetElapsedTime(begun) < length)
            {
                site.CheckRunning(broken.Where(b => b.Value > 0).Select(b => b.Key).ToHashSet());
                await Task.Delay(200, cancel).ConfigureAwait(false);
            }
            await Task.WhenAll(pulls).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Ctrl-C is how a watcher says that it is enough; the result is still shown.
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(pulls).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task PullAsync(
        DemoSite site, DemoFault fault, ConcurrentDictionary<DemoPart, int> broken, CancellationToken cancel)
    {
        await Task.Delay(fault.At, cancel).ConfigureAwait(false);
        broken.AddOrUpdate(fault.Part, 1, (_, n) => n + 1);
        try
        {
            await site.BreakAsync(fault, cancel).ConfigureAwait(false);
        }
        finally
        {
            broken.AddOrUpdate(fault.Part, 0, (_, n) => n - 1);
        }
    }
}
