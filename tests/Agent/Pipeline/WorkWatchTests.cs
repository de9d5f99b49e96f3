using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Picket.Agent.Config;
using Picket.Agent.Ingest;
using Picket.Agent.Outbox;
using Picket.Agent.Pipeline;
using Picket.Agent.Telemetry;
using Picket.Agent.Track;
using Picket.Tests.Center;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Pipeline;

public sealed class WorkWatchTests
{
    private readonly FakeTimeProvider _time = Clocks.Still();
    private readonly LogLines _log = new();
    private readonly (long Frames, long Looks)[] _cameras = new (long, long)[2];
    private bool _hasRoom = true;

    [Fact]
    public void IsAlive_FramesComeAndAreFinished_Stays()
    {
        var watch = Watch();
        for (var turn = 0; turn < 10; turn++)
        {
            Pass(20, (500, 1000), (500, 1000));
            Assert.True(watch.IsAlive());
        }
    }

    [Fact]
    public void IsAlive_OneCameraIsInTheSameFrame_EndsAfterThirtySecondsAndIsLoggedOnce()
    {
        var watch = Watch();
        _cameras[1].Looks = 7;
        Assert.True(watch.IsAlive());
        Pass(20, (500, 1000), (500, 0));
        Assert.True(watch.IsAlive());
        Pass(20, (500, 1000), (0, 0)); // the camera's stream may end meanwhile
        Assert.False(watch.IsAlive());
        Pass(20, (500, 1000), (0, 0));
        Assert.False(watch.IsAlive());

        Assert.Single(_log.Lines, line => line.Contains("camera gate-1: its analysis has hung", StringComparison.Ordinal));
        Assert.False(_log.Has("camera gate-0"));
    }

    [Fact]
    public void IsAlive_HangsAgainAfterItWentOn_IsLoggedAgain()
    {
        var watch = Watch();
        for (var hang = 1; hang <= 2; hang++)
        {
            Pass(1, (25, 50), (25, 1)); // in a frame
            Assert.True(watch.IsAlive());
            Pass(40, (1000, 2000), (0, 0));
            Assert.False(watch.IsAlive());
            Assert.Equal(hang, _log.Lines.Count(line => line.Contains("camera gate-1: its analysis has hung", StringComparison.Ordinal)));
            Pass(1, (25, 50), (25, 1)); // out of it
            Assert.True(watch.IsAlive());
        }
    }

    [Fact]
    public void IsAlive_FramesComeAndNoneIsTaken_Ends()
    {
        var watch = Watch();
        Assert.True(watch.IsAlive());
        Pass(20, (500, 1000), (500, 0));
        Assert.True(watch.IsAlive());
        Pass(20, (500, 1000), (500, 0));
        Assert.False(watch.IsAlive());
    }

    [Fact]
    public void IsAlive_CameraGivesNoFramesForAnHour_IsNoMatter()
    {
        var watch = Watch();
        for (var turn = 0; turn < 180; turn++)
        {
            Pass(20, (500, 1000), (0, 0));
            Assert.True(watch.IsAlive());
        }
        Pass(1, (25, 50), (1, 0)); // the first one is on its way
        Assert.True(watch.IsAlive());
    }

    [Fact]
    public void IsAlive_DiskTakesNoEvents_AnalysisMayWait()
    {
        _hasRoom = false;
        var watch = Watch();
        for (var turn = 0; turn < 10; turn++)
        {
            Pass(20, (500, 0), (500, 0));
            Assert.True(watch.IsAlive());
        }
    }

    [Fact]
    public void IsAlive_HangsInAFrameWhileTheDiskTakesNoEvents_Ends()
    {
        _hasRoom = false;
        var watch = Watch();
        _cameras[0].Looks = 1;
        Assert.True(watch.IsAlive());
        Pass(40, (500, 0), (0, 0));
        Assert.False(watch.IsAlive());
    }

    /// <summary>What systemd reads, in its place a socket of the test.</summary>
    [Fact]
    public async Task RunAsync_CameraHangs_GivesNoMoreSigns()
    {
        using var temp = new TempFolder();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(temp.File("notify")));
        async Task<string> ReadAsync()
        {
            var bytes = new byte[64];
            return Encoding.ASCII.GetString(bytes, 0, await systemd.ReceiveAsync(bytes, limit.Token));
        }
        using var looked = new SemaphoreSlim(0);
        (long, long) Counters()
        {
            looked.Release();
            return _cameras[0];
        }
        var watch = new WorkWatch(
            [("gate-0", Counters)], () => _hasRoom, new ServiceNotice(temp.File("notify"), "60000000", null), _time, _log);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
        var running = watch.RunAsync(stop.Token);
        Assert.Equal("READY=1", await ReadAsync());
        Pass(20, (500, 1001), (0, 0)); // in a frame from now on
        Assert.Equal("WATCHDOG=1", await ReadAsync());
        Pass(20, (500, 0), (0, 0));
        Assert.Equal("WATCHDOG=1", await ReadAsync());
        while (looked.CurrentCount > 0) await looked.WaitAsync(limit.Token);

        Pass(20, (500, 0), (0, 0));
        await looked.WaitAsync(limit.Token);
        await stop.CancelAsync();
        await running;

        Assert.Equal("STOPPING=1", await ReadAsync());
    }

    /// <summary>The product's own loop, in a lane that never comes back.</summary>
    [Fact]
    public async Task Pipeline_LaneThatHangs_IsInAFrameForAsLong()
    {
        using var temp = new TempFolder();
        await using var outbox = OutboxStore.Open(temp.Path, "n1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);
        using var slot = new LatestFrame();
        using var slots = new SemaphoreSlim(1);
        using var pool = new FramePool(2);
        using var lane = new HangingLane();
        var telemetry = new CameraTelemetry();
        var camera = new CameraConfig { Name = "c1", Url = "" };
        using var pipeline = new CameraPipeline(
            camera, slot, [lane], new EventSink(outbox, NullLogger.Instance), telemetry, slots);
        Assert.Equal(0, telemetry.Looks);

        var running = Task.Factory.StartNew(
            () => pipeline.Run(CancellationToken.None), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        slot.Publish(pool.Rent());
        await lane.Entered.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(1, telemetry.Looks);

        lane.Release();
        slot.End();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(2, telemetry.Looks);
    }

    private WorkWatch Watch() => new(
        [("gate-0", () => _cameras[0]), ("gate-1", () => _cameras[1])], () => _hasRoom, new ServiceNotice(null, null, null), _time,
        _log);

    private void Pass(int seconds, (long Frames, long Looks) first, (long Frames, long Looks) second)
    {
        // First what is counted: the watch may look as soon as the time is there.
        _cameras[0] = (_cameras[0].Frames + first.Frames, _cameras[0].Looks + first.Looks);
        _cameras[1] = (_cameras[1].Frames + second.Frames, _cameras[1].Looks + second.Looks);
        _time.Advance(TimeSpan.FromSeconds(seconds));
    }

    private sealed class HangingLane : IObjectLane
    {
        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly SemaphoreSlim _release = new(0);

        public Task Entered => _entered.Task;

        public void Release() => _release.Release();

        public bool IsDue(TimeSpan arrived) => true;

        public void Look(Frame frame)
        {
            _entered.TrySetResult();
            _release.Wait();
        }

        public void Skip(TimeSpan time)
        {
        }

        public void Cut(string reason, DateTimeOffset at)
        {
        }

        public void Dispose() => _release.Dispose();
    }
}
