using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Picket.Agent.Telemetry;

/// <summary>What systemd is told of this process, as sd_notify(3) and sd_watchdog_enabled(3) have it: that it runs, that it lives,
/// that it ends. Where nobody asks, nothing is sent.</summary>
internal sealed class ServiceNotice
{
    private readonly UnixDomainSocketEndPoint? _socket;

    /// <param name="socket">A path; with an <c>@</c> before it, a name of Linux's abstract ones.</param>
    /// <param name="watchdogMicroseconds">Within which time a sign of life must come, again and again.</param>
    /// <param name="watchdogProcess">Whose signs are meant: another one's are not ours to send.</param>
    public ServiceNotice(string? socket, string? watchdogMicroseconds, string? watchdogProcess)
    {
        if (string.IsNullOrEmpty(socket)) return;
        _socket = new UnixDomainSocketEndPoint(socket[0] == '@' ? $"\0{socket.AsSpan(1)}" : socket);
        var isOurs = watchdogProcess is null or "" || watchdogProcess == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        if (isOurs && long.TryParse(watchdogMicroseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var within) && within > 0)
            Watchdog = TimeSpan.FromMicroseconds(within);
    }

    /// <summary>Null where nobody waits for signs of life.</summary>
    public TimeSpan? Watchdog { get; }

    public static ServiceNotice OfEnvironment() => new(
        Environment.GetEnvironmentVariable("NOTIFY_SOCKET"),
        Environment.GetEnvironmentVariable("WATCHDOG_USEC"),
        Environment.GetEnvironmentVariable("WATCHDOG_PID"));

    /// <exception cref="SocketException">systemd can't be told, as with the other two.</exception>
    public void Ready() => Send("READY=1");

    public void Alive() => Send("WATCHDOG=1");

    public void Ending() => Send("STOPPING=1");

    private void Send(string state)
    {
        if (_socket is null) return;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.SendTo(Encoding.ASCII.GetBytes(state), _socket);
    }
}
