using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Picket.Tests.Support;

/// <summary>A line of a given rate both ways between this process and a network namespace of its own, and beside it one
/// without a limit for who is not the node. Both end with this object.</summary>
/// <remarks>Two pairs of virtual Ethernet devices; <c>tc tbf</c> holds the rate of the first. Addresses of the block for
/// benchmarks (RFC 2544).</remarks>
internal sealed class ThinLine : IAsyncDisposable
{
    /// <summary>Bytes that wait before a modem drops them: a minute at 32 kbit/s, so that nothing but the sender keeps the
    /// queue short.</summary>
    private const int QueueBytes = 240_000;

    private const string Nsenter = "/usr/bin/nsenter";

    private static int s_count;

    private readonly Process _holder;
    private readonly string _device;
    private readonly string _unshaped;

    private ThinLine(Process holder)
    {
        var number = Interlocked.Increment(ref s_count);
        _holder = holder;
        _device = $"pk{Environment.ProcessId}a{number}";
        _unshaped = $"pk{Environment.ProcessId}b{number}";
        var block = new byte[] { 198, 18, (byte)(Environment.ProcessId % 250), (byte)(number % 30 * 8) };
        IPAddress At(int host) => new([block[0], block[1], block[2], (byte)(block[3] + host)]);
        (Near, Far, NearUnshaped, FarUnshaped) = (At(1), At(2), At(5), At(6));
    }

    /// <summary>The addresses of the far end.</summary>
    public IPAddress Far { get; }

    public IPAddress FarUnshaped { get; }

    /// <summary>What comes before a command that is to run at the far end.</summary>
    public string[] Inside => [Nsenter, $"--net=/proc/{_holder.Id}/ns/net"];

    /// <summary>Bytes that this process sent into the line, with Ethernet's, IP's and TCP's headers.</summary>
    public long BytesUp => Statistic("tx_bytes");

    public long BytesDown => Statistic("rx_bytes");

    private IPAddress Near { get; }

    private IPAddress NearUnshaped { get; }

    /// <summary>Why this machine can't make one, or null.</summary>
    public static string? Missing { get; } = WhyNot();

    /// <param name="kilobits">A second, both ways; null for a line without a limit.</param>
    public static async Task<ThinLine> StartAsync(int? kilobits)
    {
        // The namespace lives as long as a process in it; this one ends by itself if the test is killed.
        var holder = Process.Start("/usr/bin/unshare", ["--net", "/bin/sleep", "600"]);
        var line = new ThinLine(holder);
        try
        {
            await line.SetUpAsync(kilobits);
            return line;
        }
        catch
        {
            await line.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var device in (string[])[_device, _unshaped])
        {
            if (Directory.Exists($"/sys/class/net/{device}")) await RunAsync("/sbin/ip", "link", "delete", device);
        }
        _holder.Kill();
        await _holder.WaitForExitAsync();
        _holder.Dispose();
    }

    private async Task SetUpAsync(int? kilobits)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (NamespaceOf($"{_holder.Id}") == NamespaceOf("self")) await timer.WaitForNextTickAsync(limit.Token);
        await JoinAsync(_device, "far0", Near, Far);
        await JoinAsync(_unshaped, "far1", NearUnshaped, FarUnshaped);
        await RunAsync([.. Inside, "/sbin/ip", "link", "set", "lo", "up"]);
        if (kilobits is null) return;
        await RunAsync(Shape(_device, kilobits.Value));
        await RunAsync([.. Inside, .. Shape("far0", kilobits.Value)]);
    }

    private async Task JoinAsync(string near, string far, IPAddress nearAddress, IPAddress farAddress)
    {
        await RunAsync(
            "/sbin/ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", $"{_holder.Id}");
        await RunAsync("/sbin/ip", "address", "add", $"{nearAddress}/30", "dev", near);
        await RunAsync([.. Inside, "/sbin/ip", "address", "add", $"{farAddress}/30", "dev", far]);
        // IPv6 would look for routers, and be counted.
        foreach (var (inside, device) in ((string[], string)[])[([], near), (Inside, far)])
        {
            await RunAsync([.. inside, "/sbin/ip", "link", "set", device, "addrgenmode", "none"]);
            await RunAsync([.. inside, "/sbin/ip", "link", "set", device, "up"]);
        }
    }

    private static string[] Shape(string device, int kilobits) =>
    [
        "/sbin/tc", "qdisc", "add", "dev", device, "root", "tbf", "rate", $"{kilobits}kbit", "burst", "1600",
        "limit", $"{QueueBytes}",
    ];

    private static string? WhyNot()
    {
        foreach (var program in (string[])["/usr/bin/unshare", Nsenter, "/bin/sleep", "/sbin/ip", "/sbin/tc"])
        {
            if (!File.Exists(program)) return $"{program} is missing; install the packages iproute2 and util-linux";
        }
        using var trial = Process.Start(new ProcessStartInfo(
            "/usr/bin/unshare",
            ["--net", "/bin/sh", "-c", $"/sbin/ip link set lo up && {string.Join(' ', Shape("lo", 32))}"])
        {
            RedirectStandardError = true,
        })!;
        var reason = trial.StandardError.ReadToEnd();
        trial.WaitForExit();
        return trial.ExitCode == 0
            ? null
            : $"no network namespace with tc tbf can be made here ({reason.Trim()}); run as root";
    }

    private static string? NamespaceOf(string process) =>
        File.ResolveLinkTarget($"/proc/{process}/ns/net", returnFinalTarget: false)?.Name;

    private static Task RunAsync(params string[] command) =>
        ExternalProgram.OutputOfAsync(command[0], command[1..]);

    private long Statistic(string name) => long.Parse(
        File.ReadAllText($"/sys/class/net/{_device}/statistics/{name}"), CultureInfo.InvariantCulture);
}
