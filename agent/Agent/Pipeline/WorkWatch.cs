using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Picket.Agent.Telemetry;

namespace Picket.Agent.Pipeline;

/// <summary>Sends systemd a sign of life as long as every camera's analysis makes progress, so that a hung node is restarted.</summary>
/// <remarks>
/// A mere timer would only show that timers work. What counts is that each camera's loop takes and finishes frames: a loop that stays in
/// the same frame, or takes none while some arrive, for longer than any work lasts, hangs. A camera that delivers no frames is
/// <see cref="Camera"/>'s concern, and analysis may wait while the outbox takes no events.
/// </remarks>
/// <param name="cameras">Each with its counters: frames and <see cref="CameraTelemetry.Looks"/>.</param>
/// <param name="hasRoom">Whether the outbox takes events.</param>
internal sealed partial class WorkWatch(
    IReadOnlyList<(string Camera, Func<(long Frames, long Looks)> Counters)> cameras,
    Func<bool> hasRoom,
    ServiceNotice notice,
    TimeProvider time,
    ILogger log)
{
    /// <summary>Looking at a frame in fourteen tiles takes a slow core one second, and with sixteen cameras, one waits for as many
    /// others.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly (long Frames, long Looks, long Since)[] _last =
        [.. cameras.Select(c => (c.Counters().Frames, c.Counters().Looks, time.GetTimestamp()))];

    private readonly bool[] _isLogged = new bool[cameras.Count];

    /// <summary>Notifies systemd that the node is ready, then that it is alive, and at the end that it is stopping.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        Tell(notice.Ready);
        // Three signs per watchdog interval: one late tick must not cause a restart. Without a watchdog, a hang is only logged.
        using var timer = new PeriodicTimer((notice.Watchdog ?? Patience) / 3, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel))
            {
                if (IsAlive()) Tell(notice.Alive);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            Tell(notice.Ending);
        }
    }

    /// <summary>Checks all cameras; false when one hangs. Each hang is logged once; a camera that waits for a hung one's slot hangs
    /// too.</summary>
    internal bool IsAlive()
    {
        var isAlive = true;
        var mayRest = !hasRoom();
        for (var i = 0; i < cameras.Count; i++)
        {
            var (frames, looks) = cameras[i].Counters();
            var isInAFrame = looks % 2 == 1;
            if (looks != _last[i].Looks || (!isInAFrame && (mayRest || frames == _last[i].Frames)))
                _last[i].Since = time.GetTimestamp();
            (_last[i].Frames, _last[i].Looks) = (frames, looks);
            var standsFor = time.GetElapsedTime(_last[i].Since);
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
        "camera {Camera}: its analysis has hung for {Seconds:F0} s; the node stops sending signs of life, and systemd restarts it")]
    private static partial void LogHung(ILogger log, string camera, double seconds);

    [LoggerMessage(1018, LogLevel.Warning, "systemd can't be notified of the node's state: {Reason}")]
    private static partial void LogUntold(ILogger log, string reason);
}
