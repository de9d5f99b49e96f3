using Picket.Agent.Ingest;
using Picket.CameraSim;

namespace Picket.Tests.CameraSim;

/// <summary>Clips of ffmpeg's test picture, 50 frames each, made once for the tests of this room.</summary>
public sealed class ClipFixture : IAsyncLifetime
{
    public const int Frames = 50;

    private readonly string _folder = Directory.CreateTempSubdirectory("picket-clips-").FullName;

    public string H264Path => Path.Combine(_folder, "small.h264");

    public string LargeH264Path => Path.Combine(_folder, "large.h264");

    public string H265Path => Path.Combine(_folder, "small.h265");

    internal AnnexBClip H264(double framesPerSecond = 100) => AnnexBClip.Load(H264Path, framesPerSecond);

    internal AnnexBClip LargeH264(double framesPerSecond = 100) => AnnexBClip.Load(LargeH264Path, framesPerSecond);

    internal AnnexBClip H265(double framesPerSecond = 100) => AnnexBClip.Load(H265Path, framesPerSecond);

    public async Task InitializeAsync()
    {
        // Key pictures often and of several packets, so that fragmentation and late joining are exercised.
        string[] x264 = ["-c:v", "libx264", "-bf", "0", "-g", "10", "-pix_fmt", "yuv420p", "-threads", "1"];
        const string X265Parameters = "bframes=0:keyint=10:log-level=none:pools=1";
        string[] x265 = ["-c:v", "libx265", "-x265-params", X265Parameters, "-pix_fmt", "yuv420p"];
        await MakeAsync(H264Path, "320x240", x264);
        await MakeAsync(LargeH264Path, "640x352", x264);
        await MakeAsync(H265Path, "320x240", x265);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    private static Task MakeAsync(string path, string size, string[] encoder) => MediaTool.DrawAsync(
        $"testsrc2=size={size}:rate=25[out]", ["-frames:v", $"{Frames}", .. encoder], path, null, CancellationToken.None);
}
