using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Picket.Agent.Telemetry;

namespace Picket.Agent.Pipeline;

/// <summary>Gives systemd a sign of life for as long as every camera's analysis gets on, so that a node that hangs is started
/// again.</summary>
/// <remarks>
/// A timer of its own would only show that timers work. What counts is that the loop of each camera takes up and finishes frames:
/// one hangs that is in the same frame, or takes no frame while some arrive, for longer than any work lasts. A camera that gives
/// no frames is <see cref="Camera"/>'s matter, and analysis waits by right while the outbox takes no events.
/// </remarks>
/// <param name="cameras">Each with its counters, that of its frames and <see cref="CameraTelemetry.Looks"/>.</param>
/// <param name="hasRoom">Whether the outbox takes events.</param>
internal sealed partial class WorkWatch(
    IReadOnlyList<(string Camera, Func<(long Frames, long Looks)> Counters)> cameras,
    Func<bool> hasRoom,
    ServiceNotice notice,
    TimeProvider clock,
    ILogger log)
{
    /// <summary>A look at a frame in fourteen tiles is one second's work of a slow core, and one of sixteen cameras' waits for as
    /// many others.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly (long Frames, long Looks, long Since)[] _last =
        [.. cameras.Select(c => (c.Counters().Frames, c.Counters().Looks, clock.GetTimestamp()))];

    private readonly bool[] _isLogged = new bool[cameras.Count];

    /// <summary>Says that the node runs, then that it lives, and at the end that it ends.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        Tell(notice.Ready);
        // Three signs in the time that systemd gives: one late turn is no reason to begin again. Without it, a hang is in the log.
        using var timer = new PeriodicTimer((notice.Watchdog ?? Patience) / 3, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                if (IsAlive()) Tell(notice.Alive);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Tell(notice.Ending);
        }
    }

    /// <summary>Looks at all cameras; false when one hangs. Each hang is logged once; a camera that waits for a hung one's
    /// slot hangs too.</summary>
    internal bool IsAlive()
    {
        var isAlive = true;
        var mayRest = !hasRoom();
        for (var i = 0; i < cameras.Count; i++)
        {
            var (frames, looks) = cameras[i].Counters();
            var isInAFrame = looks % 2 == 1;
            if (looks != _last[i].Looks || (!isInAFrame && (mayRest || frames == _last[i].Frames)))
                _last[i].Since = clock.GetTimestamp();
            (_last[i].Frames, _last[i].Looks) = (frames, looks);
            var standsFor = clock.GetElapsedTime(_last[i].Since);
            if (standsFor <= Patience)
            {
                _isLogged[i] = false;
                continue;
            }
            isAlive = false;
            if (!_isLogged[i]) LogHung(log, cameras[i].Camera, standsFor.TotalSeconds);
            _isLogged[i] = true;
        }
        return isAlive;
    }

    private void Tell(Action what)
    {
        try
        {
            what();
        }
        catch (SocketException e)
        {
            LogUntold(log, e.Message);
        }
    }

    [LoggerMessage(1017, LogLevel.Error,
        "camera {Camera}: its analysis has hung for {Seconds:F0} s; the node gives no more signs of life, and systemd restarts it")]
    private static partial void LogHung(ILogger log, string camera, double seconds);

    [LoggerMessage(1018, LogLevel.Warning, "systemd can't be told how the node is: {Reason}")]
    private static partial void LogUntold(ILogger log, string reason);
}
