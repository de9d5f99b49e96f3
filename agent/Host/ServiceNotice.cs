using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Picket.Host;

/// <summary>Notifies systemd about this process, as in sd_notify(3) and sd_watchdog_enabled(3): that it runs, that it is alive, that it
/// ends. If nobody asks for it, nothing is sent.</summary>
public sealed class ServiceNotice
{
    private readonly UnixDomainSocketEndPoint? _socket;

    /// <param name="socket">A path; with an <c>@</c> before it, a name of Linux's abstract ones.</param>
    /// <param name="watchdogMicroseconds">The time within which each sign of life must follow the last.</param>
    /// <param name="watchdogProcess">The process that must send them: another process's are not ours to send.</param>
    public ServiceNotice(string? socket, string? watchdogMicroseconds, string? watchdogProcess)
    {
        if (string.IsNullOrEmpty(socket)) return;
        _socket = new UnixDomainSocketEndPoint(socket[0] == '@' ? $"\0{socket.AsSpan(1)}" : socket);
        var isOurs = watchdogProcess is null or "" || watchdogProcess == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        if (isOurs && long.TryParse(watchdogMicroseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var within) && within > 0)
            Watchdog = TimeSpan.FromMicroseconds(within);
    }

    /// <summary>Null if nobody waits for signs of life.</summary>
    public TimeSpan? Watchdog { get; }

    public static ServiceNotice OfEnvironment() => new(
        Environment.GetEnvironmentVariable("NOTIFY_SOCKET"),
        Environment.GetEnvironmentVariable("WATCHDOG_USEC"),
        Environment.GetEnvironmentVariable("WATCHDOG_PID"));

    /// <exception cref="SocketException">systemd can't be notified; the same for the other two.</exception>
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
