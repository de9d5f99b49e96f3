using Picket.Agent.Ingest;
using Picket.CameraSim;
using Picket.Tests.CameraSim;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Ingest;

/// <summary>Against the simulated cameras; each test ends with no frame outstanding.</summary>
public sealed class IngestThreadTests(ClipFixture clips) : IClassFixture<ClipFixture>
{
    /// <summary>A test that hangs fails after this.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly IngestOptions Fast = new()
    {
        ShortestDelay = TimeSpan.FromMilliseconds(10),
        LongestDelay = TimeSpan.FromMilliseconds(50),
    };

    [Fact]
    public async Task Run_DroppedAndStalledCamera_ComesBack()
    {
        var mount = new CameraMount("cam", clips.H264());
        await using var server = Started(mount);
        var options = new SourceOptions { Name = "gate-2", StallTimeout = TimeSpan.FromMilliseconds(400) };
        await using var run = new IngestRun(cancel => FrameSources.Open(server.UrlOf(mount), options, cancel), Fast);

        Assert.True((await run.NextChange()).IsUp);
        await run.TakeFrames(5);
        mount.Faults.DropConnections();
        Assert.Equal(SourceErrorKind.Ended, (await run.NextChange()).Failure!.Kind);
        Assert.True((await run.NextChange()).IsUp);
        await run.TakeFrames(5);
        mount.Faults.Stalled = true;
        Assert.Equal(SourceErrorKind.Stalled, (await run.NextChange()).Failure!.Kind);
        mount.Faults.Stalled = false;
        while (!(await run.NextChange()).IsUp)
        {
            // the connect of a try during the stall may time out first
        }
        await run.TakeFrames(5);
        Assert.Equal(2, run.Thread.Reconnects);
        Assert.True(run.Thread.Bytes > 0);
        Assert.True(run.Thread.Frames >= 15);
    }

    [Fact]
    public async Task Run_OneCameraWithoutPassword_LeavesTheOtherRunning()
    {
        var locked = new CameraMount("locked", clips.H264()) { Credentials = new("user", "right") };
        var open = new CameraMount("open", clips.H264());
        await using var server = Started(locked, open);
        await using var bad = new IngestRun(cancel => FrameSources.Open(server.UrlOf(locked), null, cancel), Fast);
        await using var good = new IngestRun(cancel => FrameSources.Open(server.UrlOf(open), null, cancel), Fast);

        var down = await bad.NextChange();
        Assert.Equal((SourceErrorKind.Unauthorized, Fast.LongestDelay), (down.Failure!.Kind, down.RetryIn));
        Assert.True((await good.NextChange()).IsUp);
        await good.TakeFrames(20);
        Assert.False(bad.Thread.IsUp);
        Assert.True(good.Thread.IsUp);
    }

    [Fact]
    public async Task Run_ClipToItsEnd_EndsTheSlot()
    {
        using var folder = new TempFolder();
        var clip = await Ffmpeg.Make(
            folder.File("a.mp4"), "-f lavfi -i testsrc2=size=96x64 -frames:v 20 -pix_fmt yuv420p -c:v libx264");
        await using var run = new IngestRun(cancel => FrameSources.Open(clip, null, cancel), Fast);
        var taken = 0;
        while (await run.Slot.TakeAsync() is { } frame)
        {
            frame.Dispose();
            taken++;
        }
        await run.Ended.WaitAsync(Patience);
        Assert.Equal((20, 20), (run.Thread.Frames, taken + run.Slot.Dropped));
    }

    [Fact]
    public async Task Run_FailureThatNoRetryCures_FaultsTheTask()
    {
        await using var run = new IngestRun(_ => throw new InvalidOperationException("bug"), Fast);
        await Assert.ThrowsAsync<InvalidOperationException>(() => run.Ended.WaitAsync(Patience));
        Assert.Null(await run.Slot.TakeAsync());
    }

    [Fact]
    public async Task Run_SlowTaker_NeverRunsOutOfFrames()
    {
        var mount = new CameraMount("cam", clips.H264(500));
        await using var server = Started(mount);
        await using var run = new IngestRun(cancel => FrameSources.Open(server.UrlOf(mount), null, cancel), Fast);
        Assert.True((await run.NextChange()).IsUp);
        using (var held = await run.Slot.TakeAsync())
        {
            var number = held!.Number;
            await mount.WhenFramesSent(100).WaitAsync(Patience);
            Assert.Equal(number, held.Number); // it is ours alone
        }
        using var next = await run.Slot.TakeAsync();
        Assert.True(next!.Number > 0);
        Assert.True(run.Slot.Dropped > 0);
        Assert.False(run.Ended.IsCompleted);
    }

    /// <summary>Counts of each try are added up, also of one that ends by a failure.</summary>
    [Fact]
    public async Task Run_SourceWithBadPackets_CountsThoseOfEveryTry()
    {
        var tries = 0;
        await using var run = new IngestRun(_ => new BrokenSource(tries++), Fast);

        await run.Ended.WaitAsync(Patience);

        Assert.Equal((6, 2), (run.Thread.BadPackets, run.Thread.CorruptFrames));
    }

    [Fact]
    public async Task Run_SteadyRunsBetweenFailures_WaitTheShortestDelay()
    {
        var waits = await WaitsAsync(Fast with { SteadyAfter = TimeSpan.Zero, LongestDelay = TimeSpan.FromSeconds(10) });

        Assert.All(waits, wait => Assert.InRange(wait, Fast.ShortestDelay, 3 * Fast.ShortestDelay));
    }

    [Fact]
    public async Task Run_FailureAfterFailure_WaitsLonger()
    {
        var waits = await WaitsAsync(Fast with { SteadyAfter = TimeSpan.FromHours(1) });

        Assert.All(waits, wait => Assert.InRange(wait, Fast.ShortestDelay, Fast.LongestDelay));
        Assert.Contains(waits, wait => wait > 3 * Fast.ShortestDelay); // by chance not in one of a million runs
    }

    private static async Task<TimeSpan[]> WaitsAsync(IngestOptions options)
    {
        const int Tries = 20;
        var tries = 0;
        await using var run = new IngestRun(_ => new FailingSource(tries++, Tries), options);
        await run.Ended.WaitAsync(Patience);
        var waits = new List<TimeSpan>();
        while (waits.Count < Tries) if (await run.NextChange() is { IsUp: false } down) waits.Add(down.RetryIn);
        return [.. waits];
    }

    private static RtspServer Started(params CameraMount[] mounts)
    {
        var server = new RtspServer(0, mounts);
        server.Start();
        return server;
    }

    private sealed class IngestRun : IAsyncDisposable
    {
        private readonly CancellationTokenSource _cancel = new();
        private readonly System.Threading.Channels.Channel<IngestChange> _changes =
            System.Threading.Channels.Channel.CreateUnbounded<IngestChange>();
        private readonly FramePool _pool = new(FramePool.PerCamera);

        public IngestRun(Func<CancellationToken, IFrameSource> open, IngestOptions options)
        {
            Thread = new IngestThread(
                open, _pool, Slot, change => Assert.True(_changes.Writer.TryWrite(change)), options);
            Ended = Thread.RunAsync(_cancel.Token);
        }

        public IngestThread Thread { get; }
        public LatestFrame Slot { get; } = new();
        public Task Ended { get; }

        public Task<IngestChange> NextChange() => _changes.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public async Task TakeFrames(int count)
        {
            for (var i = 0; i < count; i++)
            {
                using var frame = await Slot.TakeAsync().AsTask().WaitAsync(Patience);
                Assert.True(frame!.Width > 0);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _cancel.CancelAsync();
            await Ended.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Slot.Dispose();
            Assert.Equal(0, _pool.Outstanding);
            _pool.Dispose();
            _cancel.Dispose();
        }
    }

    /// <summary>A corrupt frame with two bad packets before it, then one more bad packet with which the first try fails and
    /// the second ends.</summary>
    private sealed class BrokenSource(int number) : IFrameSource
    {
        public string DisplayName => "broken";
        public DecodeEffort Effort { get; set; }
        public long BytesRead => 0;
        public long BadPackets { get; private set; }

        public bool TryRead(Frame frame, CancellationToken cancel)
        {
            if (BadPackets == 0)
            {
                BadPackets = 2;
                frame.Corrupt = true;
                return true;
            }
            BadPackets = 3;
            return number > 0 ? false : throw new SourceException(SourceErrorKind.Ended, "the camera hung up");
        }

        public void Dispose()
        {
        }
    }

    /// <summary>One frame, then a failure; the last try ends as a clip does.</summary>
    private sealed class FailingSource(int number, int tries) : IFrameSource
    {
        private bool _hasRead;

        public string DisplayName => "failing";
        public DecodeEffort Effort { get; set; }
        public long BytesRead => 0;
        public long BadPackets => 0;

        public bool TryRead(Frame frame, CancellationToken cancel)
        {
            if (_hasRead) throw new SourceException(SourceErrorKind.Ended, $"the camera hung up {number}");
            _hasRead = true;
            return number < tries;
        }

        public void Dispose()
        {
        }
    }
}
