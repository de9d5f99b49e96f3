using System.Collections.Concurrent;
using System.Globalization;

namespace Picket.Agent.Cli.Demo;

/// <summary>
/// What a person sees while the demo runs, and by what the result is judged: every alert, as the center printed it.
/// </summary>
internal sealed class DemoWatch(long started, IReadOnlyList<DemoFault> faults, DemoConsole console)
{
    /// <summary>How often it shows what waits behind a fault.</summary>
    private static readonly TimeSpan WaitingEvery = TimeSpan.FromSeconds(4);

    /// <summary>After a fault a node reconnects within 30 s.</summary>
    private static readonly TimeSpan ComesWithin = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentQueue<DemoAlert> _alerts = new();
    private readonly DemoStory _story = new(TimeZoneInfo.Local);
    private readonly Lock _gate = new();
    private long _firstAlert;

    /// <summary>Everything that was reported about people and plates.</summary>
    public IReadOnlyCollection<DemoAlert> Alerts => _alerts;

    /// <summary>From the command's start to the first alert, or null.</summary>
    public TimeSpan? FirstAlert =>
        Volatile.Read(ref _firstAlert) is var ticks and > 0 ? TimeSpan.FromTicks(ticks) : null;

    public void Say(string line) => console.Write($"demo: {line}");

    /// <summary>A link gets a line of its own: one that a terminal's edge breaks can't be clicked.</summary>
    public void ShowPage(string link)
    {
        Say("the page, by a link that works once (the center prints the next one):");
        console.Write(link);
    }

    public void Alert(DemoAlert alert)
    {
        lock (_gate)
        {
            if (alert.IsAlarm
                && Interlocked.CompareExchange(ref _firstAlert, TimeProvider.System.GetElapsedTime(started).Ticks, 0) == 0)
                Say($"first alert {FirstAlert!.Value.TotalSeconds:F1} s after the start");
            if (alert.Person is not null || alert.Plate is not null) _alerts.Enqueue(alert);
            if (_story.Tell(alert, TimeProvider.System.GetUtcNow()) is { } line) console.Write(line.Text, line.Tone);
        }
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
                await Task.Delay(Turn, cancel);
            }
            await Task.WhenAll(pulls);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Ctrl-C means that the watcher has seen enough; the result is still shown.
            await over.CancelAsync();
            await Task.WhenAll(pulls).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task PullAsync(
        DemoSite site, DemoFault fault, ConcurrentDictionary<DemoPart, int> broken, CancellationToken cancel)
    {
        await Task.Delay(fault.At, cancel);
        broken.AddOrUpdate(fault.Part, 1, (_, n) => n + 1);
        try
        {
            var breaking = site.BreakAsync(fault, cancel);
            if (fault.Part == DemoPart.Center)
                await TellWaitingAsync(site, fault.Part, breaking, cancel);
            await breaking;
        }
        finally
        {
            broken.AddOrUpdate(fault.Part, 0, (_, n) => n - 1);
        }
    }

    /// <summary>The demo's point: while the line is cut the events wait on the node, and then they arrive.</summary>
    private async Task TellWaitingAsync(DemoSite site, DemoPart part, Task breaking, CancellationToken cancel)
    {
        var name = part.ToString().ToLowerInvariant();
        var begun = TimeProvider.System.GetTimestamp();
        var told = begun;
        var most = 0L;
        while (!breaking.IsCompleted)
        {
            await Task.Delay(Turn, cancel);
            if (site.Telemetry() is not { } now) continue;
            most = Math.Max(most, now.Pending);
            if (TimeProvider.System.GetElapsedTime(told) < WaitingEvery) continue;
            told = TimeProvider.System.GetTimestamp();
            console.Write($"demo: {Waiting(name, TimeProvider.System.GetElapsedTime(begun), now.Pending)}", DemoTone.Notice);
        }
        var back = TimeProvider.System.GetTimestamp();
        var until = TimeProvider.System.GetUtcNow();
        while (TimeProvider.System.GetElapsedTime(back) < ComesWithin)
        {
            await Task.Delay(Turn, cancel);
            // An older snapshot does not know of the line's return.
            if (site.Telemetry() is not { } now || now.At < until) continue;
            most = Math.Max(most, now.Pending);
            if (!now.Linked || now.Pending > 0) continue;
            console.Write($"demo: {Came(name, TimeProvider.System.GetElapsedTime(back), most)}", DemoTone.Good);
            return;
        }
    }

    internal static string Waiting(string part, TimeSpan away, long events) => string.Create(
        CultureInfo.InvariantCulture,
        $"{part} away {away.TotalSeconds:F0} s: {events} event{(events == 1 ? " waits" : "s wait")} on the node, none lost");

    internal static string Came(string part, TimeSpan after, long events) => string.Create(
        CultureInfo.InvariantCulture,
        $"{part} back: all {events} that waited came within {after.TotalSeconds:F1} s");
}
