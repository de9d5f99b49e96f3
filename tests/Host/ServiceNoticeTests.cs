using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Picket.Host;
using Picket.Tests.Support;

namespace Picket.Tests.Host;

/// <summary>In the place of systemd stands a socket of the test.</summary>
public sealed class ServiceNoticeTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));

    public void Dispose()
    {
        _limit.Dispose();
        _temp.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Send_ToTheSocket_IsWhatSystemdReads(bool isAbstract)
    {
        var name = isAbstract ? $"@picket-{Guid.NewGuid():N}" : _temp.File("notify");
        using var systemd = Listen(name);
        var notice = new ServiceNotice(name, "60000000", null);

        notice.Ready();
        notice.Alive();
        notice.Ending();

        Assert.Equal(TimeSpan.FromSeconds(60), notice.Watchdog);
        Assert.Equal(
            ["READY=1", "WATCHDOG=1", "STOPPING=1"],
            [await ReadAsync(systemd), await ReadAsync(systemd), await ReadAsync(systemd)]);
    }

    [Fact]
    public void Send_NobodyAsks_DoesNothing()
    {
        var notice = new ServiceNotice(null, "60000000", null);

        notice.Ready();

        Assert.Null(notice.Watchdog);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("0", null)]
    [InlineData("-5", null)]
    [InlineData("soon", null)]
    [InlineData("60000000", "1")] // meant for another process, which handed its environment down
    public void Watchdog_NotForUs_IsNone(string? microseconds, string? process) =>
        Assert.Null(new ServiceNotice(_temp.File("notify"), microseconds, process).Watchdog);

    /// <summary>The program itself, under a watchdog of 3 s, with a camera that is not there.</summary>
    [Fact]
    public async Task Run_UnderAWatchdog_SaysThatItRunsLivesAndEnds()
    {
        using var systemd = Listen(_temp.File("notify"));
        await File.WriteAllTextAsync(
            _temp.File("picket.yaml"),
            $"node: n1\nstate: {_temp.File("state")}\ncameras:\n  - name: c1\n    url: rtsp://127.0.0.1:{MosquittoBroker.FreePort()}/a\n");
        var start = new ProcessStartInfo(
            Path.Combine(AppContext.BaseDirectory, "picket"), ["run", "--config", _temp.File("picket.yaml")])
        {
            RedirectStandardError = true,
        };
        start.Environment["NOTIFY_SOCKET"] = _temp.File("notify");
        start.Environment["WATCHDOG_USEC"] = "3000000";
        start.Environment["PICKET_MODELS"] = Repository.Path("artifacts", "models");
        using var node = Process.Start(start)!;
        try
        {
            var errors = node.StandardError.ReadToEndAsync(_limit.Token);
            string[] said = [await ReadAsync(systemd), await ReadAsync(systemd), await ReadAsync(systemd)];
            await ExternalProgram.OutputOfAsync("/bin/kill", "-TERM", node.Id.ToString(CultureInfo.InvariantCulture));
            string last;
            while ((last = await ReadAsync(systemd)) == "WATCHDOG=1")
            {
            }
            await node.WaitForExitAsync(_limit.Token);

            Assert.Equal(["READY=1", "WATCHDOG=1", "WATCHDOG=1"], said);
            Assert.Equal("STOPPING=1", last);
            Assert.True(node.ExitCode == 0, await errors);
        }
        finally
        {
            if (!node.HasExited) node.Kill();
        }
    }

    private static Socket Listen(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(name[0] == '@' ? $"\0{name.AsSpan(1)}" : name));
        return socket;
    }

    private async Task<string> ReadAsync(Socket socket)
    {
        var bytes = new byte[256];
        var length = await socket.ReceiveAsync(bytes, _limit.Token);
        return Encoding.ASCII.GetString(bytes, 0, length);
    }
}
