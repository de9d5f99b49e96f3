using Picket.Agent.Ingest;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Ingest;

public sealed class MediaToolTests : IDisposable
{
    private static readonly string[] Coded = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-bf", "0", "-pix_fmt", "yuv420p"];

    private readonly TempFolder _folder = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));

    private string Film => _folder.File("film.mp4");

    private CancellationToken Cancel => _limit.Token;

    public void Dispose()
    {
        _limit.Dispose();
        _folder.Dispose();
    }

    [FfmpegFact]
    public async Task ProbeAsync_DrawnFilm_SaysWhatWasDrawn()
    {
        await DrawAsync();

        Assert.Equal(
            new MediaFacts("h264", 320, 240, "yuv420p", 10, TimeSpan.FromSeconds(5)), await MediaTool.ProbeAsync(Film, Cancel));
    }

    [FfmpegFact]
    public async Task ProbeAsync_NoPictureInIt_SaysSo()
    {
        await File.WriteAllTextAsync(_folder.File("note.txt"), "no film", Cancel);

        var e = await Assert.ThrowsAsync<PicketException>(() => MediaTool.ProbeAsync(_folder.File("note.txt"), Cancel));

        Assert.Contains("note.txt: ", e.Message);
        Assert.Contains("Invalid data found", e.Message);
    }

    /// <summary>Arguments can be read by every account of the machine.</summary>
    [Theory]
    [InlineData("rtsp://picket:secret@127.0.0.1/stream1")]
    [InlineData("rtsp://127.0.0.1/stream1")]
    public async Task Address_OfAnyKind_IsRefusedAndNotRepeated(string address)
    {
        var probe = await Assert.ThrowsAsync<PicketException>(() => MediaTool.ProbeAsync(address, Cancel));
        var still = await Assert.ThrowsAsync<PicketException>(
            () => MediaTool.StillAsync(address, TimeSpan.Zero, _folder.File("still.jpg"), Cancel));

        foreach (var e in new[] { probe, still })
        {
            Assert.Contains("only given files", e.Message);
            Assert.DoesNotContain("127.0.0.1", e.Message);
        }
    }

    [FfmpegFact]
    public async Task StillAsync_AtASecond_IsThatPicture()
    {
        await DrawAsync();

        await MediaTool.StillAsync(Film, TimeSpan.FromSeconds(2), _folder.File("still.png"), Cancel);

        var still = await MediaTool.ProbeAsync(_folder.File("still.png"), Cancel);
        Assert.Equal(("png", 320, 240), (still.Codec, still.Width, still.Height));
        Assert.Equal(
            await Ffmpeg.FirstFrame(_folder.File("still.png"), "rgb24", "null"),
            await Ffmpeg.FirstFrame(Film, "rgb24", "select='eq(n,20)'"));
    }

    [FfmpegFact]
    public async Task CutAsync_FromAKeyPicture_CopiesThosePictures()
    {
        await DrawAsync();

        await MediaTool.CutAsync(Film, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1), _folder.File("cut.mp4"), Cancel);

        Assert.Equal((await Ffmpeg.FrameHashes(Film))[20..30], await Ffmpeg.FrameHashes(_folder.File("cut.mp4")));
    }

    [FfmpegFact]
    public async Task MakeAsync_OptionThatFfmpegDoesNotKnow_SaysWhatItSaid()
    {
        await DrawAsync();

        var e = await Assert.ThrowsAsync<PicketException>(() => MediaTool.MakeAsync(
            [Film], ["-c:v", "none such"], _folder.File("made.mp4"), null, Cancel));

        Assert.Equal(ExitCode.Failed, e.ExitCode);
        Assert.Contains("Unknown encoder 'none such'", e.Message);
    }

    [FfmpegFact]
    public async Task MakeAsync_Progress_CountsToTheLastFrame()
    {
        var last = 0;

        await MediaTool.DrawAsync(
            "testsrc2=size=320x240:rate=10[out]", [.. Coded, "-frames:v", "50"], Film, frame => last = frame, Cancel);

        Assert.Equal(50, last);
    }

    /// <summary>What is made is written at the speed of a clock: without an end of its own it would last.</summary>
    [FfmpegFact]
    public async Task MakeAsync_Canceled_EndsAnEndlessRun()
    {
        using var canceling = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => MediaTool.DrawAsync(
            "testsrc2=size=64x64,realtime[out]", ["-c:v", "mpeg4"], Film, _ => canceling.Cancel(), canceling.Token));

        Assert.False(Cancel.IsCancellationRequested);
    }

    /// <summary>FFMpegCore keeps every line: a film whose every picture is broken gives thousands.</summary>
    [FfmpegFact]
    public async Task MakeAsync_ComplaintsWithoutEnd_IsEndedAfterAThousand()
    {
        await MediaTool.DrawAsync("testsrc2=size=64x64:rate=100[out]", [.. Coded, "-t", "120", "-f", "h264"], Film, null, Cancel);
        var bytes = await File.ReadAllBytesAsync(Film, Cancel);
        var random = new Random(1);
        for (var i = 2000; i < bytes.Length; i += 40) bytes[i] = (byte)random.Next(256);
        await File.WriteAllBytesAsync(Film, bytes, Cancel);

        var e = await Assert.ThrowsAsync<PicketException>(() => MediaTool.MakeAsync(
            [Film], ["-f", "null"], _folder.File("none"), null, Cancel));

        Assert.Contains("complained 1000 times", e.Message);
    }

    [Theory]
    [InlineData("a\".mp4")]
    [InlineData("a\\")]
    public async Task MakeAsync_NameThatWouldEndItsQuotes_IsRefused(string name)
    {
        await File.WriteAllTextAsync(_folder.File(name), "", Cancel);

        var e = await Assert.ThrowsAsync<PicketException>(() => MediaTool.ProbeAsync(_folder.File(name), Cancel));

        Assert.Contains("must not contain a quote", e.Message);
    }

    [Fact]
    public void Programs_NotInstalled_SaysWhatToInstall()
    {
        var e = Assert.Throws<PicketException>(() => MediaTool.Programs("ffmpeg", _folder.Path));

        Assert.Equal(ExitCode.PartMissing, e.ExitCode);
        Assert.Contains("apt install ffmpeg", e.Message);
    }

    private Task DrawAsync() => MediaTool.DrawAsync(
        "testsrc2=size=320x240:rate=10[out]", [.. Coded, "-t", "5"], Film, null, Cancel);
}
