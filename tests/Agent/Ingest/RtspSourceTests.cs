using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Picket.Agent.Ingest;
using Picket.Agent.Ingest.Libav;
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

    // The second server stands for any other host that the camera names: nothing may go there, not even a connection.
    [Theory]
    [InlineData("OPTIONS")]
    [InlineData("DESCRIBE")]
    [InlineData("SETUP")]
    [InlineData("PLAY")]
    public async Task Open_RedirectToAnotherHost_IsRefusedAndNothingGoesThere(string method)
    {
        var other = new CameraMount("cam", clips.H264());
        await using var second = Started(other);
        var mount = new CameraMount("cam", clips.H264());
        mount.Faults.Answers[method] = $"302 Moved Temporarily\r\nLocation: rtsp://localhost:{second.Port}/cam";
        await using var server = Started(mount);
        var url = server.UrlOf(mount, new CameraCredentials("user", Secret));

        var error = Assert.Throws<SourceException>(() => FrameSources.Open(url, Options));

        Assert.Equal(SourceErrorKind.Unsupported, error.Kind);
        Assert.Contains($"127.0.0.1:{server.Port} redirects (302) to localhost:{second.Port}", error.Message);
        Assert.Equal(0, second.ConnectionsAccepted);
        AssertNoSecret(error.ToString());
    }

    [Theory]
    [InlineData("301 Moved Permanently\r\nLocation: rtsp://127.0.0.1:{0}/inner")]
    [InlineData("302 Found\r\nLocation: rtsp://someone:else@127.0.0.1:{0}/inner")]
    [InlineData("307 Temporary Redirect\r\nlocation: /inner")]
    public async Task Open_RedirectOnTheSameHost_IsFollowedWithOurPassword(string answer)
    {
        var mount = new CameraMount("cam", clips.H264());
        var inner = new CameraMount("inner", clips.H264()) { Credentials = new("user", Secret) };
        await using var server = new RtspServer(0, mount, inner);
        server.Start();
        mount.Faults.Answers["DESCRIBE"] = string.Format(null, answer, server.Port);
        using var source = FrameSources.Open(server.UrlOf(mount), Options with { User = "user", Password = Secret });
        using var frame = _pool.Rent();
        Assert.True(source.TryRead(frame, default));
        Assert.Equal(2, server.ConnectionsAccepted);
    }

    [Fact]
    public async Task Open_RedirectInACircle_EndsAfterThree()
    {
        var mount = new CameraMount("cam", clips.H264());
        await using var server = Started(mount);
        mount.Faults.Answers["DESCRIBE"] = $"302 Found\r\nLocation: {server.UrlOf(mount)}";
        var error = Assert.Throws<SourceException>(() => FrameSources.Open(server.UrlOf(mount), Options));
        Assert.Contains("3 times at most", error.Message);
        Assert.Equal(4, server.ConnectionsAccepted);
    }

    // Content-Base and a control address say where requests are about, not where they go.
    [Fact]
    public async Task Open_DescriptionThatNamesAnotherHost_PlaysFromTheOneThatWasAsked()
    {
        var other = new CameraMount("cam", clips.H264());
        await using var second = Started(other);
        var mount = new CameraMount("cam", clips.H264()) { Credentials = new("user", Secret) };
        var contentBase = $"rtsp://localhost:{second.Port}/cam/";
        var sdp = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=x\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
            + $"a=rtpmap:96 H264/90000\r\na=control:{contentBase}track1\r\n";
        mount.Faults.Answers["DESCRIBE"] =
            $"200 OK\r\nContent-Base: {contentBase}\r\nContent-Type: application/sdp\r\nContent-Length: {sdp.Length}\r\n\r\n{sdp}";
        await using var server = Started(mount);
        using var source = FrameSources.Open(server.UrlOf(mount), Options with { User = "user", Password = Secret });
        using var frame = _pool.Rent();
        Assert.True(source.TryRead(frame, default));
        Assert.Equal(0, second.ConnectionsAccepted);
    }

    // What a camera refuses is told as what it is, with the advice that helps.
    [Theory]
    [InlineData("DESCRIBE", "401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"c\", nonce=\"n\", algorithm=SHA-256",
        "Unsupported", "wants a login method that is not supported here (Digest with SHA-256)")]
    [InlineData("DESCRIBE", "401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"c\"",
        "Unsupported", "(neither Digest nor Basic)")]
    [InlineData("DESCRIBE", "401 Unauthorized",
        "Unauthorized", "does not say how to log in")]
    [InlineData("SETUP", "461 Unsupported Transport", "Unsupported", "no RTP over TCP (461")]
    [InlineData("SETUP", "200 OK\r\nSession: 1\r\nTransport: RTP/AVP;unicast;client_port=5000-5001;server_port=5002-5003",
        "Unsupported", "no RTP over TCP (461")]
    [InlineData("SETUP", "453 Not Enough Bandwidth", "Refused", "453 Not Enough Bandwidth from")]
    [InlineData("PLAY", "453 Not Enough Bandwidth", "Refused", "close other viewers")]
    [InlineData("DESCRIBE", "503 Service Unavailable", "Refused", "503 Service Unavailable from")]
    [InlineData("OPTIONS", "503 Service Unavailable", "Refused", "503 Service Unavailable from")]
    [InlineData("PLAY", "500 Internal Server Error", "Refused", "failed with 500 to PLAY")]
    [InlineData("SETUP", "454 Session Not Found", "Refused", "refused with 454 to SETUP")]
    [InlineData("DESCRIBE", "400 Bad Request", "Refused", "refused with 400; check the path /cam")]
    [InlineData("DESCRIBE", "403 Forbidden", "Unauthorized", "403 Forbidden from")]
    [InlineData("SETUP", "404 Not Found", "NotFound", "404 Not Found from")]
    [InlineData("DESCRIBE", "302 Found\r\nLocation: rtsps://127.0.0.1/cam", "Unsupported", "to rtsps://, which")]
    [InlineData("DESCRIBE", "302 Found\r\nLocation: http://127.0.0.1/cam", "Unsupported", "redirects (302) without")]
    [InlineData("DESCRIBE", "302 Found", "Unsupported", "redirects (302) without")]
    [InlineData("DESCRIBE", "200 OK\r\nContent-Type: application/sdp\r\nContent-Length: 79\r\n\r\n"
        + "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\nm=audio 0 RTP/AVP 8\r\na=control:audio\r\n",
        "Unsupported", "offers no video in the path /cam")]
    public async Task Open_RefusedByTheCamera_SaysWhatAndWhatHelps(
        string method, string answer, string kind, string expected)
    {
        var mount = new CameraMount("cam", clips.H264());
        mount.Faults.Answers[method] = answer;
        await using var server = Started(mount);
        var error = Assert.Throws<SourceException>(
            () => FrameSources.Open(server.UrlOf(mount), Options with { User = "user", Password = Secret }));
        Assert.Contains(expected, error.Message);
        Assert.Equal(kind, error.Kind.ToString());
        Assert.StartsWith("camera gate-2: ", error.Message);
        AssertNoSecret(error.ToString());
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("\u0015\u0003\u0001\u0000\u0002\u0002")] // a TLS alert
    [InlineData("")]
    public async Task Open_PortOfSomethingElse_SaysThatItIsNotRtsp(string says)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeOnce(listener, says);
        var error = Assert.Throws<SourceException>(
            () => FrameSources.Open($"rtsp://{listener.LocalEndpoint}/cam", Options));
        Assert.Contains("does not speak RTSP", error.Message);
        Assert.Equal(SourceErrorKind.Unsupported, error.Kind);
        await serving;
    }

    [Fact]
    public void Open_NameThatNobodyKnows_SaysSo()
    {
        var error = Assert.Throws<SourceException>(() => FrameSources.Open("rtsp://cam.invalid/cam", Options));
        Assert.Contains("the name cam.invalid can't be found", error.Message);
    }

    [Fact]
    public void Open_CredentialsThatWouldBeCut_AreRefused()
    {
        var error = Assert.Throws<SourceException>(() => FrameSources.Open(
            "rtsp://127.0.0.1:9/cam", Options with { User = "user", Password = new string('#', 60) }));
        Assert.Contains("longer than can be sent", error.Message);
        Assert.DoesNotContain("#", error.Message);
    }

    private static async Task ServeOnce(TcpListener listener, string says)
    {
        using var client = await listener.AcceptTcpClientAsync();
        var request = new byte[4096];
        Assert.True(await client.GetStream().ReadAsync(request) > 0);
        await client.GetStream().WriteAsync(System.Text.Encoding.Latin1.GetBytes(says));
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

    [Theory]
    [InlineData(0)]
    [InlineData(1.0 / 90)]
    [InlineData(10)]
    [InlineData(-1)]
    public async Task TryRead_CameraClockOfAnotherRate_TimePassesAsFramesArrive(double rate)
    {
        var mount = new CameraMount("cam", clips.H264());
        mount.Faults.TimestampRate = rate;
        await using var server = Started(mount);
        using var source = FrameSources.Open(server.UrlOf(mount), Options);
        using var frame = _pool.Rent();
        var last = TimeSpan.FromTicks(-1);
        for (var i = 0; i < 100; i++)
        {
            Assert.True(source.TryRead(frame, default));
            Assert.True(frame.Time > last, "time goes on");
            Assert.InRange((frame.Time - frame.Arrived).TotalSeconds, -0.01, 0.01);
            last = frame.Time;
        }
    }

    [Fact]
    public async Task TryRead_FirstPacketLaterThanAStall_IsWaitedFor()
    {
        var mount = new CameraMount("cam", clips.H264());
        mount.Faults.FirstPacketDelay = TimeSpan.FromMilliseconds(600);
        await using var server = Started(mount);
        using var source = FrameSources.Open(
            server.UrlOf(mount), Options with { StallTimeout = TimeSpan.FromMilliseconds(200) });
        using var frame = _pool.Rent();
        Assert.True(source.TryRead(frame, default));
    }

    [Fact]
    public async Task TryRead_FirstPacketNeverComes_EndsAsStalled()
    {
        var mount = new CameraMount("cam", clips.H264());
        mount.Faults.FirstPacketDelay = TimeSpan.FromHours(1);
        await using var server = Started(mount);
        using var source = FrameSources.Open(
            server.UrlOf(mount), Options with { FirstPacketTimeout = TimeSpan.FromMilliseconds(300) });
        using var frame = _pool.Rent();
        var error = Assert.Throws<SourceException>(() => source.TryRead(frame, default));
        Assert.Equal(SourceErrorKind.Stalled, error.Kind);
        Assert.Contains("agreed to play, but sent nothing for 0.3 s", error.Message);
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
        var from = frame.Memory<LibavPicture>().Handle.Timestamp;
        for (var i = 0; i < 5; i++) Assert.True(source.TryRead(frame, default));
        // Key frames are 10 apart at 100 frames a second, so five intervals are half a second by the camera's clock.
        Assert.InRange((frame.Memory<LibavPicture>().Handle.Timestamp - from) / 90_000.0, 0.41, 1.0);
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
