using Picket.Agent;
using Picket.Agent.Ingest;

namespace Picket.Tests.Agent.Ingest;

/// <summary>Expected planes come from the ffmpeg program (framemd5 or raw video) run on the same file.</summary>
public sealed class FileSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("picket-ingest-").FullName;
    private readonly FramePool _pool = new(FramePool.PerCamera);

    public void Dispose()
    {
        Assert.Equal(0, _pool.Outstanding);
        _pool.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("b.mp4", "-c:v libx264 -bf 2 -g 10")]
    [InlineData("h.mkv", "-c:v libx265 -x265-params log-level=error:pools=1:bframes=2")]
    [InlineData("m.avi", "-c:v mpeg4 -q:v 3")]
    [InlineData("t.ts", "-c:v libx264 -bf 0")]
    [InlineData("v.mov", "-c:v mjpeg -pix_fmt yuvj422p")]
    public void TryRead_Clip_GivesTheFramesThatFfmpegGives(string name, string encoding)
    {
        var clip = Ffmpeg.Make(PathOf(name), $"-f lavfi -i testsrc=size=322x178:rate=25:duration=1 -pix_fmt yuv420p {encoding}");
        var expected = Ffmpeg.FrameHashes(clip);

        var hashes = new List<string>();
        var times = new List<double>();
        using var source = FileSource.Open(clip, new());
        using var frame = _pool.Rent();
        while (source.TryRead(frame, default))
        {
            Assert.Equal(hashes.Count, frame.Number);
            Assert.False(frame.Corrupt);
            hashes.Add(Ffmpeg.Hash(frame));
            times.Add(frame.Time.TotalSeconds);
        }

        Assert.Equal(25, expected.Count);
        Assert.Equal(expected, hashes);
        for (var i = 0; i < times.Count; i++) Assert.Equal(i / 25.0, times[i], 0.0011); // Matroska keeps milliseconds
    }

    [Theory]
    [InlineData("a.jpg", "yuvj420p", "I420")]
    [InlineData("b.jpg", "yuvj422p", "I422")]
    [InlineData("c.jpg", "yuvj444p", "I444")]
    [InlineData("d.webp", "yuv420p", "I420")]
    public void TryRead_NativePicture_GivesThePlanesThatFfmpegGives(string name, string pixelFormat, string layout)
    {
        var codec = name.EndsWith("webp", StringComparison.Ordinal) ? "-c:v libwebp" : "";
        var picture = Ffmpeg.Make(PathOf(name), $"-f lavfi -i testsrc=size=161x99 -frames:v 1 -pix_fmt {pixelFormat} {codec}");

        using var frame = ReadPicture(picture);

        Assert.Equal(Ffmpeg.FrameHashes(picture).Single(), Ffmpeg.Hash(frame));
        var planes = frame.Planes;
        Assert.Equal((layout, 161, 99), (planes.Layout.ToString(), planes.Width, planes.Height));
        Assert.False(planes.Bt709);
        Assert.Equal(pixelFormat.StartsWith("yuvj", StringComparison.Ordinal), planes.FullRange);
    }

    private Frame ReadPicture(string path)
    {
        using var source = FrameSources.Open(path);
        var frame = _pool.Rent();
        Assert.True(source.TryRead(frame, default));
        Assert.Equal(0, frame.Number);
        using var second = _pool.Rent();
        Assert.False(source.TryRead(second, default));
        return frame;
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
