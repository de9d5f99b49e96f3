using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Picket.Agent.Cli.Demo;
using Picket.Agent.Outbox;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.EndToEnd;

/// <summary>What a terminal, a script or systemd sends: the end in order, and nothing left behind.</summary>
[Collection(nameof(WholeSite))]
public sealed class SignalTests : IDisposable
{
    private const string Font = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf";

    private readonly TempFolder _temp = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2));

    public void Dispose()
    {
        _limit.Dispose();
        _temp.Dispose();
    }

    /// <summary>A plate stands before the camera: its passage is open when the signal comes.</summary>
    [Theory]
    [InlineData("-HUP", "-HUP")]
    [InlineData("-TERM", "-HUP")]
    [InlineData("-INT", "-TERM")]
    public async Task Run_SignalAndAnotherOne_EndsThePassageAndExitsWith0(string signal, string second)
    {
        using var node = await StartAsync();
        await node.SignalAsync("-USR1"); // by default it ends a program at once
        await node.SignalAsync(signal);
        await node.SignalAsync(second);

        await node.WaitForEndAsync(_limit.Token);

        Assert.Equal(0, node.ExitCode);
        using var reader = OutboxReader.Open(_temp.File("state"));
        var reads = reader.ReadNewest(20, pendingOnly: false).Select(e => e.Event).Where(e => e.Kind == EventKind.PlateRead).ToArray();
        var end = Assert.Single(reads, e => e.Phase == PassagePhase.End);
        Assert.Equal("stop", end.Body.Plate!.Reason);
    }

    [Theory]
    [InlineData("-HUP")]
    [InlineData("-TERM")]
    public async Task Center_Signal_ExitsWith0(string signal)
    {
        var program = Repository.Path("artifacts", "bin", "picket-center");
        var port = MosquittoBroker.FreePort().ToString(CultureInfo.InvariantCulture);
        await ExternalProgram.OutputOfAsync(program, "ca", "init", "--state", _temp.File("center"), "--broker-port", port);
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(_temp.File("notify")));
        // As by a terminal: whoever runs the tests under nohup hands an ignored HUP down, which the program respects.
        using var center = Process.Start(new ProcessStartInfo(
            "/usr/bin/env",
            [
                "--default-signal=HUP", $"NOTIFY_SOCKET={_temp.File("notify")}", program, "run", "--state", _temp.File("center"),
                "--console-port", "0",
            ])
        { RedirectStandardError = true })!;
        try
        {
            while (await center.StandardError.ReadLineAsync(_limit.Token) is { } line)
                if (line.StartsWith("console (TLS", StringComparison.Ordinal)) break;
            var rest = center.StandardError.ReadToEndAsync(_limit.Token);
            Assert.Equal("READY=1", await NoticeAsync(systemd));

            foreach (var sent in (string[])["-USR2", signal])
                await ExternalProgram.RunAsync("/bin/kill", sent, center.Id.ToString(CultureInfo.InvariantCulture));

            await center.WaitForExitAsync(_limit.Token);
            Assert.True(center.ExitCode == 0, $"code {center.ExitCode}: {await rest}");
            Assert.Equal("STOPPING=1", await NoticeAsync(systemd));
        }
        finally
        {
            if (!center.HasExited) center.Kill();
        }
    }

    private async Task<string> NoticeAsync(Socket systemd)
    {
        var bytes = new byte[64];
        return Encoding.ASCII.GetString(bytes, 0, await systemd.ReceiveAsync(bytes, _limit.Token));
    }

    /// <summary>kill -9 of the demo: center and node end with it.</summary>
    [Fact]
    public async Task Demo_Killed_LeavesNothingBehind()
    {
        var site = _temp.File("site");
        using var demo = Process.Start(new ProcessStartInfo(
            Repository.Path("artifacts", "bin", "picket"), ["demo", "--site", site])
        { RedirectStandardError = true })!;
        try
        {
            while (await demo.StandardError.ReadLineAsync(_limit.Token) is { } line)
                if (line.Contains("running until Ctrl-C", StringComparison.Ordinal)) break;
            var children = ProcessesOf(site).Where(id => id != demo.Id).ToArray();
            Assert.Equal(2, children.Length); // center and node

            demo.Kill();
            await demo.WaitForExitAsync(_limit.Token);

            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            while (ProcessesOf(site).Length > 0) await timer.WaitForNextTickAsync(_limit.Token);
        }
        finally
        {
            foreach (var id in ProcessesOf(site)) Process.GetProcessById(id).Kill();
        }
    }

    /// <summary>Those that still run and name the folder in their arguments (proc(5)).</summary>
    private static int[] ProcessesOf(string folder) =>
    [
        .. Directory.GetDirectories("/proc")
            .Select(path => Path.GetFileName(path))
            .Where(name => int.TryParse(name, CultureInfo.InvariantCulture, out _))
            .Where(name => Arguments(name).Contains(folder, StringComparison.Ordinal))
            .Select(name => int.Parse(name, CultureInfo.InvariantCulture)),
    ];

    private static string Arguments(string id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // it has just ended
        }
    }

    private async Task<NodeProcess> StartAsync()
    {
        // The first vehicle of the drawn scene stands still for a minute: whenever the signal comes, its passage is open.
        var (road, clip) = (_temp.File("road.mp4"), _temp.File("parked.mp4"));
        await FfmpegAsync(
            "-filter_complex", VehicleScene.FilterGraph(Font), "-map", "[out]", "-frames:v", "75", "-c:v", "libx264", "-preset",
            "ultrafast", "-crf", "20", "-bf", "0", road);
        await FfmpegAsync(
            "-ss", "4", "-i", road, "-vf", "loop=loop=-1:size=1", "-frames:v", "900", "-c:v", "libx264", "-preset", "ultrafast",
            "-crf", "20", "-bf", "0", clip);
        var config = _temp.File("picket.yaml");
        await File.WriteAllTextAsync(config, $"""
            node: n1
            state: {_temp.File("state")}
            models: {Repository.Path("artifacts", "models")}
            cameras:
              - name: gate
                url: {clip}
                faces: false
                plates: true
                regions: [pk]

            """);
        var node = new NodeProcess(config);
        await node.UntilAsync(HasRead, _limit.Token);
        return node;
    }

    private static Task<string> FfmpegAsync(params string[] arguments) =>
        ExternalProgram.OutputOfAsync(FfmpegFactAttribute.Program, ["-v", "error", .. arguments]);

    private bool HasRead()
    {
        try
        {
            using var reader = OutboxReader.Open(_temp.File("state"));
            return reader.ReadNewest(20, pendingOnly: false).Any(e => e.Event.Kind == EventKind.PlateRead);
        }
        catch (PicketException)
        {
            return false; // not there yet, or just being made
        }
    }
}
