using System.Globalization;
using Picket.Agent.Cli.Demo;
using Picket.CameraSim;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Cli.Demo;

public sealed class DemoClipsTests(DemoClipsFixture made) : IClassFixture<DemoClipsFixture>
{
    private DemoClipSet Set => made.Set!;

    [DemoMediaFact]
    public async Task MakeAsync_Fresh_GivesThreeCameraLikeClips()
    {
        // 8 turns of 12 s at 24 a second; the whole film (ffprobe counts 1337); 5 vehicles, 8 s each, at 15 a second.
        Assert.Equal("h264,360,288,0,2304", await ProbeAsync(Set.FranckH264));
        Assert.Equal("h264,400,300,0,1337", await ProbeAsync(Set.StrangerH264));
        Assert.Equal("hevc,960,540,0,600", await ProbeAsync(Set.VehiclesH265));
        Assert.Equal(96, Set.FranckH264.Seconds);
    }

    [DemoMediaFact]
    public void MakeAsync_Fresh_GivesClipsThatTheSimulatedCameraTakes()
    {
        foreach (var clip in new[] { Set.FranckH264, Set.StrangerH264, Set.VehiclesH265 })
            Assert.Equal(clip.Frames, AnnexBClip.Load(clip.Path, clip.FramesPerSecond).AccessUnits.Count);
    }

    [DemoMediaFact]
    public async Task MakeAsync_Fresh_GivesFiveEnrollmentPictures()
    {
        var pictures = Directory.GetFiles(Path.Combine(Set.GalleryFolder, "franck")).Order().ToArray();

        Assert.Equal(["1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg"], pictures.Select(Path.GetFileName));
        foreach (var picture in pictures)
        {
            var seen = await ExternalProgram.OutputOfAsync(
                "ffprobe",
                ["-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0", picture]);
            Assert.Equal("mjpeg,360,288", seen.Trim());
        }
    }

    [DemoMediaFact]
    public async Task FranckPresences_OfEachTurn_MatchThePictures()
    {
        // An empty view is one even gray: its brightest and darkest luma (ffmpeg's signalstats) are next to each other.
        var seen = (await LumaRangesAsync(Set.FranckH264.Path)).Select(range => range > 40);

        var expected = Enumerable.Range(0, Set.FranckH264.Frames)
            .Select(n => Set.FranckPresences.Any(p => n / 24.0 >= p.From && n / 24.0 < p.To));
        Assert.Equal(8, Set.FranckPresences.Count);
        Assert.Equal(expected, seen);
    }

    [DemoMediaFact]
    public void VehiclePresences_AreOnePlateAfterTheOther()
    {
        Assert.Equal(
            ["LEB4821", "ABC123", "MH12DE1433", "BAX4127", "AB12CDE"], Set.VehiclePresences.Select(p => p.Name));
        Assert.Equal([0, 8, 16, 24, 32], Set.VehiclePresences.Select(p => p.From));
        // The plate's lower edge reaches row 540 at 83 + (514 - 39) s = 540; t = ln(s / 0.2) / 0.328 = 4.79 (by hand).
        Assert.All(Set.VehiclePresences, p => Assert.Equal(4.79, p.To - p.From, 2));
    }

    [DemoMediaFact]
    public void MakeAsync_AfterACutRun_RemovesItsRest()
    {
        Assert.False(Directory.Exists(made.CutFolder));
        Assert.Single(Directory.GetDirectories(made.CacheFolder));
        Assert.Contains("clip 4 of 4, vehicles", made.Progress);
    }

    [DemoMediaFact]
    public async Task MakeAsync_Again_DoesNoWork()
    {
        var progress = new StringWriter();
        var before = WriteTimes();

        var again = await Clips(progress).MakeAsync(CancellationToken.None);

        Assert.Equal("", progress.ToString());
        Assert.Equal(before, WriteTimes());
        Assert.Equal(Set.FranckH264, again.FranckH264);

        DateTime[] WriteTimes() => [.. Directory.GetFiles(made.CacheFolder, "*", SearchOption.AllDirectories)
            .Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)).Order().Select(File.GetLastWriteTimeUtc)];
    }

    [DemoMediaFact]
    public async Task MakeAsync_CanceledWhileMaking_LeavesNothingFinished()
    {
        using var folder = new TempFolder();
        using var canceling = new CancellationTokenSource();
        var clips = new DemoClips(
            DemoMediaFactAttribute.Folder, folder.Path,
            new ClipProgress(new CancelingWriter(canceling), isTerminal: false));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => clips.MakeAsync(canceling.Token));

        Assert.All(Directory.GetDirectories(folder.Path), d => Assert.EndsWith(".partial", d));
    }

    [DemoMediaFact]
    public async Task MakeAsync_WhileAnotherRunHoldsTheFolder_IsRefused()
    {
        await using var held = new FileStream(
            Path.Combine(made.CacheFolder, "clips.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

        var e = await Assert.ThrowsAsync<PicketException>(
            () => Clips(TextWriter.Null).MakeAsync(CancellationToken.None));

        Assert.Contains(made.CacheFolder, e.Message);
    }

    [Fact]
    public async Task MakeAsync_WithoutTheFilms_NamesFileAndRemedy()
    {
        using var folder = new TempFolder();
        var clips = new DemoClips(folder.File("media"), folder.File("cache"), new ClipProgress(TextWriter.Null, false));

        var e = await Assert.ThrowsAsync<PicketException>(() => clips.MakeAsync(CancellationToken.None));

        Assert.Equal(ExitCode.PartMissing, e.ExitCode);
        Assert.Contains("franck.mp4", e.Message);
        Assert.Contains("npm ci", e.Message);
        Assert.False(Directory.Exists(folder.File("cache")));
    }

    private DemoClips Clips(TextWriter progress) =>
        new(DemoMediaFactAttribute.Folder, made.CacheFolder, new ClipProgress(progress, isTerminal: false));

    private static async Task<string> ProbeAsync(DemoClip clip) => (await ExternalProgram.OutputOfAsync(
        "ffprobe",
        [
            "-v", "error", "-count_frames", "-show_entries",
            "stream=codec_name,width,height,has_b_frames,nb_read_frames",
            "-of", "csv=p=0", clip.Path,
        ])).Trim();

    private static async Task<IEnumerable<int>> LumaRangesAsync(string path)
    {
        const string Lowest = "lavfi.signalstats.YMIN=", Highest = "lavfi.signalstats.YMAX=";
        var output = await ExternalProgram.OutputOfAsync(
            "ffmpeg", ["-v", "error", "-i", path, "-vf", "signalstats,metadata=print:file=-", "-f", "null", "-"]);
        var lines = output.Split('\n');
        var lowest = ValuesOf(Lowest);
        return ValuesOf(Highest).Zip(lowest, (high, low) => high - low);

        IEnumerable<int> ValuesOf(string name) => lines
            .Where(l => l.StartsWith(name, StringComparison.Ordinal))
            .Select(l => int.Parse(l.AsSpan(name.Length), CultureInfo.InvariantCulture));
    }

    /// <summary>Cancels as soon as something is told, that is, while the first clip is made.</summary>
    private sealed class CancelingWriter(CancellationTokenSource source) : StringWriter
    {
        public override void WriteLine(string? value) => source.Cancel();
    }
}
