using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Picket.CameraSim;
using Picket.Tests.Support;

namespace Picket.Tests.CameraSim;

/// <summary>
/// The independent client is ffmpeg's own RTSP demuxer; expected frames are ffmpeg's hashes of the clip's file.
/// </summary>
public sealed class RtspServerTests(ClipFixture clips) : IClassFixture<ClipFixture>
{
    private static readonly CameraCredentials Credentials = new("viewer", "right: pass");

    [Theory]
    [InlineData(VideoCodec.H264, "h264")]
    [InlineData(VideoCodec.H265, "hevc")]
    public async Task Describe_ForEachCodec_TellsCodecAndSize(VideoCodec codec, string name)
    {
        var mount = new CameraMount("cam", ClipOf(codec));
        await using var server = Started(mount);

        var seen = await ProbeAsync(server.UrlOf(mount));

        Assert.Equal(0, seen.ExitCode);
        Assert.Equal($"{name},320,240", seen.Output.Trim());
    }

    [Theory]
    [InlineData(VideoCodec.H264)]
    [InlineData(VideoCodec.H265)]
    public async Task Play_OneLoop_GivesTheClipsFrames(VideoCodec codec)
    {
        var mount = new CameraMount("cam", ClipOf(codec));
        await using var server = Started(mount);
        var path = codec == VideoCodec.H264 ? clips.H264Path : clips.H265Path;
        var expected = Hashes(
            await ExternalProgram.OutputOfAsync("ffmpeg", ["-v", "error", "-i", path, "-f", "framemd5", "-"]));

        var seen = Hashes((await ReceiveAsync(server.UrlOf(mount), ClipFixture.Frames)).Output);

        Assert.Equal(ClipFixture.Frames, expected.Length);
        Assert.Equal(expected, seen);
    }

    [Fact]
    public async Task Play_OverTheClipsEnd_BeginsAgain()
    {
        var mount = new CameraMount("cam", clips.H264());
        await using var server = Started(mount);

        var hashes = Hashes((await ReceiveAsync(server.UrlOf(mount), 120)).Output);

        Assert.Equal(120, hashes.Length);
        Assert.Equal(hashes[..50], hashes[50..100]);
        Assert.InRange(mount.LoopsCompleted, 2, int.MaxValue);
        Assert.InRange(mount.FramesSent, 120, long.MaxValue);
        Assert.Equal(1, mount.Plays);
    }

    [Fact]
    public async Task Play_OverTheClipsEnd_GivesTimestampsThatGoOn()
    {
        var mount = new CameraMount("cam", clips.H264(framesPerSecond: 100));
        await using var server = Started(mount);
        using var client = await InterleavedClient.PlayAsync(server.Port, mount.Path);

        var times = new List<uint>();
        while (times.Count < 120)
        {
            var (channel, packet) = await client.ReadAsync();
            // the marker ends a picture
            if (channel != InterleavedClient.MediaChannel || (packet[1] & 0x80) == 0) continue;
            times.Add(BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(4))); // RFC 3550 5.1
        }

        // 90,000 / 100 = 900 ticks a picture (RFC 6184 8.2.1), more only when this machine stood still for a second.
        Assert.All(
            times.Zip(times.Skip(1)), t => Assert.InRange(unchecked((int)(t.Second - t.First)), 899, int.MaxValue));
    }

    [Theory]
    [InlineData(AuthenticationScheme.Basic)]
    [InlineData(AuthenticationScheme.Digest)]
    public async Task Describe_WithCredentials_LetsOnlyTheRightOnesIn(AuthenticationScheme scheme)
    {
        var right = Credentials with { Scheme = scheme };
        var mount = new CameraMount("cam", clips.H264()) { Credentials = right };
        await using var server = Started(mount);

        var without = await ProbeAsync(server.UrlOf(mount));
        var wrong = await ProbeAsync(server.UrlOf(mount, right with { Password = "wrong" }));
        var good = await ProbeAsync(server.UrlOf(mount, right));

        Assert.Contains("401", without.Errors);
        Assert.Contains("401", wrong.Errors);
        Assert.NotEqual(0, without.ExitCode);
        Assert.NotEqual(0, wrong.ExitCode);
        Assert.Equal("h264,320,240", good.Output.Trim());
    }

    [Fact]
    public async Task Describe_UnknownPath_Is404()
    {
        await using var server = Started(new CameraMount("cam", clips.H264()));

        var seen = await ProbeAsync($"rtsp://127.0.0.1:{server.Port}/other");

        Assert.Contains("404", seen.Errors);
    }

    [Fact]
    public async Task Describe_WithStatusFault_GivesThatStatus()
    {
        var mount = new CameraMount("cam", clips.H264());
        mount.Faults.Answers["DESCRIBE"] = "503 Service Unavailable";
        await using var server = Started(mount);

        var seen = await ProbeAsync(server.UrlOf(mount));

        Assert.Contains("503", seen.Errors);
    }

    [Fact]
    public async Task DropConnections_WhilePlaying_EndsTheStreamAndServesTheNext()
    {
        var mount = new CameraMount("cam", clips.H264());
        await using var server = Started(mount);
        var receiving = ReceiveAsync(server.UrlOf(mount), 1_000_000);
        await PlayingAsync(mount, 30, receiving);

        mount.Faults.DropConnections();
        var cut = await receiving;
        var next = await ProbeAsync(server.UrlOf(mount));

        Assert.InRange(Hashes(cut.Output).Length, 1, 10_000);
        Assert.Equal(0, next.ExitCode);
    }

    [Fact]
    public async Task Stalled_WhilePlaying_SendsNothingAndGoesOnWhenReleased()
    {
        var mount = new CameraMount("cam", clips.H264());
        await using var server = Started(mount);
        var receiving = ReceiveAsync(server.UrlOf(mount), 1_000_000, "-timeout", "1500000"); // us without a byte
        await PlayingAsync(mount, 30, receiving);

        mount.Faults.Stalled = true;
        var stalled = await receiving; // ends by the client's own timeout
        var sent = mount.FramesSent;
        var silent = await ProbeAsync(server.UrlOf(mount), "-timeout", "1500000");
        mount.Faults.Stalled = false;
        var released = await ProbeAsync(server.UrlOf(mount));

        Assert.InRange(Hashes(stalled.Output).Length, 1, sent);
        Assert.NotEqual(0, silent.ExitCode);
        Assert.Equal(0, released.ExitCode);
    }

    [Fact]
    public async Task RefuseConnections_ForOneMount_LeavesTheOthers()
    {
        var refusing = new CameraMount("refusing", clips.H264());
        var serving = new CameraMount("serving", clips.H264());
        refusing.Faults.RefuseConnections = true;
        await using var server = Started(refusing, serving);

        Assert.NotEqual(0, (await ProbeAsync(server.UrlOf(refusing))).ExitCode);
        Assert.Equal(0, (await ProbeAsync(server.UrlOf(serving))).ExitCode);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.2, true)]
    public async Task LossRate_OfPackets_LeavesHolesInTheSequence(double rate, bool hasHoles)
    {
        var mount = new CameraMount("cam", clips.H264());
        mount.Faults.LossRate = rate;
        await using var server = Started(mount);
        using var client = await InterleavedClient.PlayAsync(server.Port, mount.Path);

        var steps = new List<ushort>();
        ushort? previous = null;
        while (steps.Count < 100)
        {
            var (channel, packet) = await client.ReadAsync();
            if (channel != InterleavedClient.MediaChannel) continue;
            var sequence = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(2)); // RFC 3550 5.1
            if (previous is { } p) steps.Add((ushort)(sequence - p));
            previous = sequence;
        }

        Assert.Equal(hasHoles, steps.Any(s => s != 1));
    }

    [Fact]
    public async Task CorruptionRate_SomePackets_ChangesPictures()
    {
        var mount = new CameraMount("cam", clips.H264());
        await using var server = Started(mount);
        var expected = Hashes((await ReceiveAsync(server.UrlOf(mount), ClipFixture.Frames)).Output);
        mount.Faults.CorruptionRate = 0.1;

        var seen = Hashes((await ReceiveAsync(server.UrlOf(mount), ClipFixture.Frames)).Output);

        Assert.NotEqual(expected, seen);
    }

    [Fact]
    public async Task ActiveClip_ChangedWhilePlaying_ChangesTheSize()
    {
        var mount = new CameraMount("cam", clips.H264(), clips.LargeH264());
        await using var server = Started(mount);
        // ffmpeg would scale to the first size; ffprobe tells each frame as it is.
        var receiving = ExternalProgram.RunAsync(
            "ffprobe",
            [
                "-v", "error", "-rtsp_transport", "tcp", "-show_entries", "frame=width,height", "-of", "csv=p=0",
                "-read_intervals", "%+#250", server.UrlOf(mount),
            ]);
        await PlayingAsync(mount, 100, receiving);

        mount.ActiveClip = 1;
        var sizes = (await receiving).Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.TrimEnd(',')) // key frames have a side-data column
            .Distinct();

        Assert.Equal(["320,240", "640,352"], sizes);
    }

    [Fact]
    public async Task StopAsync_ThenStart_IsGoneAndComesBackOnTheSamePort()
    {
        var mount = new CameraMount("cam", clips.H264());
        await using var server = Started(mount);
        var url = server.UrlOf(mount);
        var receiving = ReceiveAsync(url, 1_000_000);
        await PlayingAsync(mount, 30, receiving);

        await server.StopAsync();
        var cut = await receiving;
        var gone = await ProbeAsync(url);
        server.Start();
        var back = await ProbeAsync(url);

        Assert.NotEmpty(Hashes(cut.Output));
        Assert.Contains("Connection refused", gone.Errors);
        Assert.Equal(0, back.ExitCode);
    }

    [Theory]
    [InlineData("nonsense\r\n\r\n")]
    [InlineData("OPTIONS rtsp://127.0.0.1/cam HTTP/1.1\r\nCSeq: 1\r\n\r\n")]
    [InlineData("OPTIONS rtsp://127.0.0.1/cam RTSP/1.0\r\n\r\n")]
    [InlineData("OPTIONS rtsp://127.0.0.1/cam RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 1000000\r\n\r\n")]
    [InlineData("OPTIONS rtsp://127.0.0.1/cam RTSP/1.0\r\nCSeq: 1\r\nContent-Length: -1\r\n\r\n")]
    public async Task Request_Malformed_Is400AndTheEnd(string request)
    {
        await using var server = Started(new CameraMount("cam", clips.H264()));

        Assert.StartsWith("RTSP/1.0 400 ", await AskRawAsync(server.Port, request));
    }

    [Fact]
    public async Task Request_WithHeadersAboveTheLimit_Is400()
    {
        await using var server = Started(new CameraMount("cam", clips.H264()));

        var reply = await AskRawAsync(
            server.Port, $"OPTIONS rtsp://127.0.0.1/cam RTSP/1.0\r\nX: {new string('x', 8200)}");

        Assert.StartsWith("RTSP/1.0 400 ", reply);
    }

    [Theory]
    [InlineData("SETUP", "Transport: RTP/AVP;unicast;client_port=4000-4001\r\n", "461")]
    [InlineData("PLAY", "", "455")]
    [InlineData("RECORD", "", "501")]
    public async Task Request_NotServed_GivesItsStatus(string method, string headers, string status)
    {
        await using var server = Started(new CameraMount("cam", clips.H264()));

        var reply = await AskRawAsync(
            server.Port,
            $"{method} rtsp://127.0.0.1/cam RTSP/1.0\r\nCSeq: 7\r\n{headers}\r\n"
                + "TEARDOWN rtsp://127.0.0.1/cam RTSP/1.0\r\nCSeq: 8\r\n\r\n");

        Assert.StartsWith($"RTSP/1.0 {status} ", reply);
        Assert.Contains("CSeq: 7\r\n", reply);
    }

    [Fact]
    public async Task Play_WithInterleavedChannels_SendsASenderReportTiedToTheFirstPacket()
    {
        var mount = new CameraMount("cam", clips.H264());
        await using var server = Started(mount);
        using var client = await InterleavedClient.PlayAsync(server.Port, mount.Path);

        var (reportChannel, report) = await client.ReadAsync();
        var (mediaChannel, media) = await client.ReadAsync();

        // RFC 3550 6.4.1: version 2, type 200, 7 words (length 6); 5.1: timestamp at 4, SSRC at 8 of an RTP packet.
        Assert.Equal(InterleavedClient.ReportChannel, reportChannel);
        Assert.Equal(InterleavedClient.MediaChannel, mediaChannel);
        Assert.Equal([0x80, 200, 0, 6], report[..4]);
        Assert.Equal(28, report.Length);
        Assert.Equal(media[8..12], report[4..8]);
        Assert.Equal(media[4..8], report[16..20]);
        var utc = DateTime.UnixEpoch.AddSeconds(
            BinaryPrimitives.ReadUInt32BigEndian(report.AsSpan(8)) - 2_208_988_800.0);
        Assert.InRange((DateTime.UtcNow - utc).TotalSeconds, -1, 60); // RFC 868: 1900 is 2,208,988,800 s before 1970
    }

    private static RtspServer Started(params CameraMount[] mounts)
    {
        var server = new RtspServer(0, mounts);
        server.Start();
        return server;
    }

    private AnnexBClip ClipOf(VideoCodec codec) => codec == VideoCodec.H264 ? clips.H264() : clips.H265();

    /// <summary>Waits until so many frames are sent; fails when the client ended before that.</summary>
    private static async Task PlayingAsync(CameraMount mount, long frames, Task<ProgramResult> receiving)
    {
        var playing = mount.WhenFramesSentAsync(frames);
        if (await Task.WhenAny(playing, receiving) != playing)
            Assert.Fail($"the client ended before frame {frames}: {(await receiving).Errors}");
    }

    private static Task<ProgramResult> ProbeAsync(string url, params string[] options) => ExternalProgram.RunAsync(
        "ffprobe",
        [
            "-v", "error", "-rtsp_transport", "tcp", .. options,
            "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0", url,
        ]);

    private static Task<ProgramResult> ReceiveAsync(string url, int frames, params string[] options) =>
        ExternalProgram.RunAsync(
            "ffmpeg",
            [
                "-v", "error", "-rtsp_transport", "tcp", .. options, "-i", url,
                "-frames:v", $"{frames}", "-fps_mode", "passthrough", "-f", "framemd5", "-",
            ]);

    private static string[] Hashes(string frameMd5) => Column(frameMd5, 5);

    private static string[] Column(string frameMd5, int column) =>
    [
        .. frameMd5.Split('\n')
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(',')[column].Trim()),
    ];

    private static async Task<string> AskRawAsync(int port, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync(); // the server closes
    }
}
