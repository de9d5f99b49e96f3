using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Picket.Agent;
using Picket.Agent.Ingest;
using Picket.CameraSim;
using Picket.Tests.CameraSim;

namespace Picket.Tests.Agent.Ingest;

/// <summary>
/// Against the simulated cameras: a real RTSP server on loopback. Expected planes are those that ffmpeg decodes from
/// the clip's file.
/// </summary>
public sealed class RtspSourceTests(ClipFixture clips) : IClassFixture<ClipFixture>, IDisposable
{
    private const string Secret = "p@ss/w:rd?";

    private static readonly SourceOptions Options = new() { Name = "gate-2" };

    private readonly FramePool _pool = new(FramePool.PerCamera);

    public void Dispose()
    {
        Assert.Equal(0, _pool.Outstanding);
        _pool.Dispose();
    }

    [Theory]
    [InlineData("h264")]
    [InlineData("h265")]
    public async Task TryRead_Camera_GivesTheFramesThatFfmpegGives(string codec)
    {
        var expected = await Ffmpeg.FrameHashes(codec == "h264" ? clips.H264Path : clips.H265Path);
        var mount = new CameraMount("cam", codec == "h264" ? clips.H264() : clips.H265());
        await using var server = Started(mount);
        using var source = FrameSources.Open(server.UrlOf(mount), Options);
        using var frame = _pool.Rent();

        var last = TimeSpan.FromTicks(-1);
        foreach (var hash in expected)
        {
            Assert.True(source.TryRead(frame, default));
            Assert.Equal(hash, Ffmpeg.Hash(frame));
            Assert.True(frame.Time > last, "time goes on");
            last = frame.Time;
        }
        Assert.Equal(expected.Count - 1, frame.Number);
        Assert.True(source.BytesRead > 0);
        Assert.Equal(0, source.BadPackets);
    }

    [Theory]
    [InlineData(AuthenticationScheme.Basic, true)]
    [InlineData(AuthenticationScheme.Digest, true)]
    [InlineData(AuthenticationScheme.Digest, false)]
    public async Task Open_RightPassword_PlaysAndNeverShowsIt(AuthenticationScheme scheme, bool inAddress)
    {
        var mount = new CameraMount("cam", clips.H264()) { Credentials = new("us er", Secret, scheme) };
        await using var server = Started(mount);
        using var source = inAddress
            ? FrameSources.Open(server.UrlOf(mount, mount.Credentials), Options)
            : FrameSources.Open(server.UrlOf(mount), Options with { User = "us er", Password = Secret });
        using var frame = _pool.Rent();
        Assert.True(source.TryRead(frame, default));
        AssertNoSecret(source.DisplayName);
    }

    [Theory]
    [InlineData("gate-2", "camera gate-2: 401 Unauthorized from 127.0.0.1:{0}; check user and password")]
    [InlineData(null, "rtsp://***@127.0.0.1:{0}/cam: 401 Unauthorized from 127.0.0.1:{0}; check user and password")]
    public async Task Open_WrongPassword_IsUnauthorizedWithoutShowingIt(string? name, string message)
    {
        var mount = new CameraMount("cam", clips.H264()) { Credentials = new("user", "right") };
        await using var server = Started(mount);
        var url = server.UrlOf(mount, new CameraCredentials("user", Secret));

        var error = Assert.Throws<SourceException>(() => FrameSources.Open(url, Options with { Name = name }));

        Assert.Equal(
            (SourceErrorKind.Unauthorized, string.Format(null, message, server.Port)), (error.Kind, error.Message));
        AssertNoSecret(error.ToString());
    }

    [Fact]
    public async Task Open_UnknownPath_IsNotFound()
    {
        var mount = new CameraMount("cam", clips.H264());
        await using var server = Started(mount);
        var error = Assert.Throws<SourceException>(
            () => FrameSources.Open($"rtsp://127.0.0.1:{server.Port}/other", Options));
        Assert.Equal(
            (SourceErrorKind.NotFound, $"camera gate-2: 404 Not Found from 127.0.0.1:{server.Port}; "
                + "check the path /other"),
            (error.Kind, error.Message));
    }

    [Fact]
    public async Task Open_PortThatRefuses_IsUnreachable()
    {
        var mount = new CameraMount("cam", clips.H264());
        await using var server = Started(mount);
        var url = server.UrlOf(mount);
        await server.StopAsync(); // the port stays bound, and refuses
        var error = Assert.Throws<SourceException>(() => FrameSources.Open(url, Options));
        Assert.Equal(SourceErrorKind.Unreachable, error.Kind);
        Assert.Contains("refused the connection", error.Message);
    }

    [Fact]
    public void Open_ServerThatNeverAnswers_IsUnreachableInTime()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start(); // connections are made by the kernel, and nobody reads them
        var url = $"rtsp://u:{Uri.EscapeDataString(Secret)}@{silent.LocalEndpoint}/cam";
        var error = Assert.Throws<SourceException>(
            () => FrameSources.Open(url, Options with { ConnectTimeout = TimeSpan.FromMilliseconds(300) }));
        Assert.Equal(SourceErrorKind.Unreachable, error.Kind);
        Assert.Contains("no answer", error.Message);
        AssertNoSecret(error.ToString());
    }

    [Fact]
    public void Open_CanceledWhileConnecting_Throws()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        Assert.ThrowsAny<OperationCanceledException>(
            () => FrameSources.Open($"rtsp://{silent.LocalEndpoint}/cam", Options, cancel.Token));
    }

    [Theory]
    [InlineData("rtsps://user:p%40ss@10.0.0.7/cam", "certificate")]
    [InlineData("http://user:p%40ss@10.0.0.7/cam", "http://")]
    [InlineData("rtsp://", "not an address")]
    public void Open_AddressOfAnotherKind_IsRefused(string url, string message)
    {
        var error = Assert.Throws<SourceException>(() => FrameSources.Open(url));
        Assert.Equal((SourceErrorKind.Unsupported, ExitCode.BadUsage), (error.Kind, error.ExitCode));
        Assert.Contains(message, error.Message);
        Assert.DoesNotContain("p%40ss", error.Message);
    }

    [Fact]
    public async Task TryRead_StalledCamera_EndsAsStalled()
    {
        var mount = new CameraMount("cam", clips.H264());
        await using var server = Started(mount);
        using var source = FrameSources.Open(
            server.UrlOf(mount), Options with { StallTimeout = TimeSpan.FromMilliseconds(400) });
        using var frame = _pool.Rent();
        Assert.True(source.TryRead(frame, default));
        mount.Faults.Stalled = true;

        var error = Assert.Throws<SourceException>(() => ReadForever(source, frame));

        Assert.Equal(SourceErrorKind.Stalled, error.Kind);
        Assert.StartsWith("camera gate-2: nothing came from", error.Message);
    }

    [Fact]
    public async Task Dispose_StalledCamera_IsQuick()
    {
        var mount = new CameraMount("cam", clips.H264());
        await using var server = Started(mount);
        var source = FrameSources.Open(server.UrlOf(mount), Options);
        using var frame = _pool.Rent();
        Assert.True(source.TryRead(frame, default));
        mount.Faults.Stalled = true;

        var clock = Stopwatch.StartNew();
        source.Dispose();

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"{clock.Elapsed}"); // by design 0.3 s; not a measurement
    }

    [Fact]
    public async Task TryRead_CanceledInAStall_Throws()
    {
        var mount = new CameraMount("cam", clips.H264());
        await using var server = Started(mount);
        using var source = FrameSources.Open(
            server.UrlOf(mount), Options with { StallTimeout = TimeSpan.FromMinutes(5) });
        using var frame = _pool.Rent();
        Assert.True(source.TryRead(frame, default));
        mount.Faults.Stalled = true;
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.ThrowsAny<OperationCanceledException>(() => ReadForever(source, frame, cancel.Token));
    }

    [Fact]
    public async Task TryRead_DroppedConnection_EndsAsEnded()
    {
        var mount = new CameraMount("cam", clips.H264());
        await using var server = Started(mount);
        using var source = FrameSources.Open(server.UrlOf(mount), Options);
        using var frame = _pool.Rent();
        Assert.True(source.TryRead(frame, default));
        mount.Faults.DropConnections();
        var error = Assert.Throws<SourceException>(() => ReadForever(source, frame));
        Assert.Equal(SourceErrorKind.Ended, error.Kind);
    }

    [Fact]
    public async Task TryRead_CorruptPackets_GoesOnAndFlagsFrames()
    {
        var mount = new CameraMount("cam", clips.H264());
        await using var server = Started(mount);
        using var source = FrameSources.Open(server.UrlOf(mount), Options);
        using var frame = _pool.Rent();
        Assert.True(source.TryRead(frame, default));
        Assert.False(frame.Corrupt);
        mount.Faults.CorruptionRate = 0.3;
        var corrupt = 0;
        for (var i = 0; i < 100; i++)
        {
            Assert.True(source.TryRead(frame, default));
            if (frame.Corrupt) corrupt++;
        }
        Assert.InRange(corrupt, 1, 100);
    }

    [Fact]
    public async Task TryRead_SizeChange_GoesOnWithTheNewSize()
    {
        var mount = new CameraMount("cam", clips.H264(), clips.LargeH264());
        await using var server = Started(mount);
        using var source = FrameSources.Open(server.UrlOf(mount), Options);
        using var frame = _pool.Rent();
        Assert.True(source.TryRead(frame, default));
        Assert.Equal((320, 240), (frame.Width, frame.Height));
        mount.ActiveClip = 1;
        while (frame.Width == 320) Assert.True(source.TryRead(frame, default));
        Assert.Equal((640, 352), (frame.Width, frame.Height));
        mount.ActiveClip = 0;
        while (frame.Width == 640) Assert.True(source.TryRead(frame, default));
        Assert.Equal((320, 240), (frame.Width, frame.Height));
    }

    [Fact]
    public async Task TryRead_KeyFramesOnlyMidway_GivesFewerFrames()
    {
        var mount = new CameraMount("cam", clips.H264());
        await using var server = Started(mount);
        using var source = FrameSources.Open(server.UrlOf(mount), Options);
        using var frame = _pool.Rent();
        for (var i = 0; i < 5; i++) Assert.True(source.TryRead(frame, default));
        source.Effort = DecodeEffort.KeyFramesOnly;
        Assert.True(source.TryRead(frame, default)); // may still be one from before
        var from = frame.Time;
        for (var i = 0; i < 5; i++) Assert.True(source.TryRead(frame, default));
        // Key frames are 10 apart at 100 frames a second, so five intervals are half a second by the camera's clock.
        Assert.InRange((frame.Time - from).TotalSeconds, 0.41, 1.0);
    }

    [Fact]
    public async Task TryRead_SteadyState_AllocatesNothing()
    {
        var mount = new CameraMount("cam", clips.H264(200));
        await using var server = Started(mount);
        using var source = FrameSources.Open(server.UrlOf(mount), Options);
        using var frame = _pool.Rent();
        using var cancel = new CancellationTokenSource();
        for (var i = 0; i < 20; i++) source.TryRead(frame, cancel.Token);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) source.TryRead(frame, cancel.Token);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
    }

    private static RtspServer Started(CameraMount mount)
    {
        var server = new RtspServer(0, mount);
        server.Start();
        return server;
    }

    private static void ReadForever(IFrameSource source, Frame frame, CancellationToken cancel = default)
    {
        while (source.TryRead(frame, cancel))
        {
            // what the network still held
        }
    }

    private static void AssertNoSecret(string text)
    {
        foreach (var part in new[] { Secret, Uri.EscapeDataString(Secret), "p@ss", "w:rd", "us er", "us%20er" })
            Assert.DoesNotContain(part, text);
    }
}
