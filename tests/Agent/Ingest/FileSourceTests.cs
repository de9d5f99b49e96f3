using System.Diagnostics;
using Picket.Agent.Ingest;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Ingest;

/// <summary>Expected planes come from the ffmpeg program (framemd5, or raw video) run on the same file.</summary>
public sealed class FileSourceTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FramePool _pool = new(FramePool.PerCamera);

    public void Dispose()
    {
        Assert.Equal(0, _pool.Outstanding);
        _pool.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("b.mp4", "-c:v libx264 -bf 2 -g 10")]
    [InlineData("h.mkv", "-c:v libx265 -x265-params log-level=error:pools=1:bframes=2")]
    [InlineData("m.avi", "-c:v mpeg4 -q:v 3")]
    [InlineData("t.ts", "-c:v libx264 -bf 0")]
    [InlineData("v.mov", "-c:v mjpeg -pix_fmt yuvj422p")]
    [InlineData("g.gif", "-c:v gif -pix_fmt rgb8")]
    public async Task TryRead_Clip_GivesTheFramesThatFfmpegGives(string name, string encoding)
    {
        var clip = await Ffmpeg.Make(
            _folder.File(name), $"-f lavfi -i testsrc=size=322x178:rate=25:duration=1 -pix_fmt yuv420p {encoding}");
        var expected = await Ffmpeg.FrameHashes(clip);

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
        if (name != "g.gif") Assert.Equal(expected, hashes); // ffmpeg gives BGRA there, which we convert
        Assert.Equal(25, times.Count);
        for (var i = 0; i < times.Count; i++) Assert.Equal(i / 25.0, times[i], 0.0011); // Matroska keeps milliseconds
    }

    [Theory]
    [InlineData("a.jpg", "yuvj420p", "I420")]
    [InlineData("b.jpg", "yuvj422p", "I422")]
    [InlineData("c.jpg", "yuvj444p", "I444")]
    [InlineData("d.webp", "yuv420p", "I420")]
    public async Task TryRead_NativePicture_GivesThePlanesThatFfmpegGives(
        string name, string pixelFormat, string layout)
    {
        var picture = await Ffmpeg.Make(
            _folder.File(name), $"-f lavfi -i testsrc=size=161x99 -frames:v 1 -pix_fmt {pixelFormat}");

        using var frame = ReadPicture(picture);

        Assert.Equal((await Ffmpeg.FrameHashes(picture)).Single(), Ffmpeg.Hash(frame));
        var planes = frame.Planes;
        Assert.Equal((layout, 161, 99), (planes.Layout.ToString(), planes.Width, planes.Height));
        Assert.False(planes.Bt709);
        Assert.Equal(pixelFormat.StartsWith("yuvj", StringComparison.Ordinal), planes.FullRange);
    }

    // The expected planes are swscale's, exact rounding and no interpolation of chroma; it rounds its coefficients to
    // 15 bits, and fills the low bits of 5-bit colors with zeros where we repeat the high ones.
    [Theory]
    [InlineData("a.png", "rgb24", 2)]
    [InlineData("b.png", "rgba", 2)]
    [InlineData("c.png", "rgb48be", 2)]
    [InlineData("d.png", "rgba64be", 2)]
    [InlineData("e.png", "pal8", 2)]
    [InlineData("f.bmp", "bgr24", 2)]
    [InlineData("g.bmp", "bgra", 2)]
    [InlineData("h.bmp", "rgb565le", 8)]
    [InlineData("i.bmp", "rgb555le", 8)]
    [InlineData("j.bmp", "pal8", 2)]
    [InlineData("k.tiff", "rgb24", 2)]
    [InlineData("l.tiff", "rgb48le", 2)]
    [InlineData("m.ppm", "rgb24", 2)]
    [InlineData("n.webp", "bgra", 2)]
    [InlineData("o.mkv", "gbrp", 2)]
    [InlineData("p.mkv", "gbrp10le", 2)]
    public async Task TryRead_RgbPicture_BecomesFullRange601(string name, string pixelFormat, int tolerance)
    {
        var codec =
            Path.GetExtension(name) switch { ".mkv" => "-c:v ffv1", ".webp" => "-c:v libwebp -lossless 1", _ => "" };
        var source = pixelFormat == "pal8"
            ? "-vf split[a][b];[a]palettegen[p];[b][p]paletteuse"
            : $"-pix_fmt {pixelFormat}";
        var picture = await Ffmpeg.Make(
            _folder.File(name), $"-f lavfi -i testsrc=size=97x61:rate=25:duration=0.04 -frames:v 1 {source} {codec}");
        var expected = await Ffmpeg.FirstFrame(
            picture, "yuvj444p",
            "scale=out_range=full:out_color_matrix=bt601:flags=accurate_rnd+full_chroma_int+full_chroma_inp");

        using var frame = ReadPicture(picture);

        var planes = frame.Planes;
        Assert.Equal(("I444", true, false), (planes.Layout.ToString(), planes.FullRange, planes.Bt709));
        AssertNear(expected, Ffmpeg.Bytes(frame), tolerance);
    }

    [Theory]
    [InlineData("a.png", "gray", "I420", "yuvj420p", 0)]
    [InlineData("b.png", "gray16be", "I420", "yuvj420p", 1)]
    [InlineData("c.png", "ya8", "I420", "yuvj420p", 0)]
    [InlineData("d.png", "monob", "I420", "yuvj420p", 0)]
    [InlineData("f.pgm", "gray", "I420", "yuvj420p", 0)]
    [InlineData("g.mkv", "gray10le", "I420", "gray", 1)]
    [InlineData("h.mkv", "yuv420p10le", "I420", "yuv420p", 1)]
    [InlineData("i.mkv", "yuv422p10le", "I422", "yuv422p", 1)]
    [InlineData("j.mkv", "yuv444p10le", "I444", "yuv444p", 1)]
    [InlineData("k.mkv", "yuv420p16le", "I420", "yuv420p", 1)]
    [InlineData("l.mkv", "yuva420p", "I420", "yuv420p", 0)]
    [InlineData("m.avi", "yuyv422", "I422", "yuv422p", 0)]
    [InlineData("n.avi", "uyvy422", "I422", "yuv422p", 0)]
    public async Task TryRead_OddPicture_KeepsItsSamples(
        string name, string pixelFormat, string layout, string same, int tolerance)
    {
        var codec = Path.GetExtension(name) switch { ".mkv" => "-c:v ffv1", ".avi" => "-c:v rawvideo", _ => "" };
        var picture = await Ffmpeg.Make(
            _folder.File(name), $"-f lavfi -i testsrc=size=98x61 -frames:v 1 -pix_fmt {pixelFormat} {codec}");
        var expected = await Ffmpeg.FirstFrame(picture, same, "null");

        using var frame = ReadPicture(picture);

        Assert.Equal((layout, 98, 61), (frame.Planes.Layout.ToString(), frame.Width, frame.Height));
        var luma = 98 * 61;
        if (same == "gray" || layout == "I420" && same == "yuvj420p")
        {
            AssertNear(expected[..luma], Ffmpeg.Bytes(frame)[..luma], tolerance);
            Assert.All(Ffmpeg.Bytes(frame)[luma..], sample => Assert.Equal(128, sample));
        }
        else
            AssertNear(expected, Ffmpeg.Bytes(frame), tolerance);
    }

    [Theory]
    [InlineData("yuv440p")]
    [InlineData("yuv411p")]
    public async Task TryRead_UncommonChroma_IsRepeatedTo444(string pixelFormat)
    {
        var clip = await Ffmpeg.Make(
            _folder.File("odd.mkv"), $"-f lavfi -i testsrc2=size=96x60 -frames:v 1 -pix_fmt {pixelFormat} -c:v ffv1");
        var expected = await Ffmpeg.FirstFrame(clip, pixelFormat, "null");

        using var frame = ReadPicture(clip);

        Assert.Equal("I444", frame.Planes.Layout.ToString());
        var (shiftX, shiftY) = pixelFormat == "yuv440p" ? (0, 1) : (2, 0);
        int luma = 96 * 60, width = 96 >> shiftX, chroma = width * (60 >> shiftY);
        var samples = Ffmpeg.Bytes(frame);
        Assert.Equal(expected[..luma], samples[..luma]);
        for (var plane = 0; plane < 2; plane++)
        {
            for (var i = 0; i < luma; i++)
            {
                var (x, y) = (i % 96 >> shiftX, i / 96 >> shiftY);
                Assert.Equal(expected[luma + plane * chroma + y * width + x], samples[luma * (1 + plane) + i]);
            }
        }
    }

    [Theory]
    [InlineData(1, "null")]
    [InlineData(2, "hflip")]
    [InlineData(3, "hflip,vflip")]
    [InlineData(4, "vflip")]
    [InlineData(5, "transpose=cclock_flip")]
    [InlineData(6, "transpose=clock")]
    [InlineData(7, "transpose=clock_flip")]
    [InlineData(8, "transpose=cclock")]
    public async Task TryRead_JpegWithExifOrientation_IsUpright(int orientation, string filter)
    {
        var plain = await Ffmpeg.Make(
            _folder.File("plain.jpg"), "-f lavfi -i testsrc2=size=96x64 -frames:v 1 -pix_fmt yuvj444p");
        var turned = _folder.File("turned.jpg");
        await File.WriteAllBytesAsync(turned, WithOrientation(await File.ReadAllBytesAsync(plain), (byte)orientation));

        using var frame = ReadPicture(turned);

        // The names of EXIF 2.3, tag 0x0112, as ffmpeg's filters; applied to the picture without the tag.
        Assert.Equal(await Ffmpeg.FirstFrame(plain, "yuvj444p", filter), Ffmpeg.Bytes(frame));
    }

    [Fact]
    public async Task TryRead_ClipTurnedByItsContainer_IsUpright()
    {
        var plain = await Ffmpeg.Make(
            _folder.File("plain.mp4"), "-f lavfi -i testsrc2=size=96x64 -frames:v 3 -pix_fmt yuv420p -c:v libx264");
        var turned = await Ffmpeg.Make(_folder.File("turned.mp4"), $"-i {plain} -metadata:s:v rotate=90 -c copy");

        using var frame = ReadFirst(turned);

        Assert.Equal((64, 96), (frame.Width, frame.Height));
        Assert.Equal(await Ffmpeg.FirstFrame(turned, "yuv420p", "null"), Ffmpeg.Bytes(frame)); // ffmpeg turns it itself
    }

    [Theory]
    [InlineData("%d.jpg")]
    [InlineData("%03d.jpg")]
    [InlineData("*.jpg")]
    [InlineData("a b'\"[x]{y}.jpg")]
    [InlineData("rtsp:name@host.jpg")]
    [InlineData("no-extension")]
    [InlineData("wrong.mp4")]
    [InlineData("-version.jpg")]
    public async Task Open_HostileNameOfPicture_IsReadLikeAnyOther(string name)
    {
        var plain = await Ffmpeg.Make(
            _folder.File("plain.jpg"), "-f lavfi -i testsrc2=size=96x64 -frames:v 1 -pix_fmt yuvj420p");
        File.Copy(plain, _folder.File(name));
        using var frame = ReadPicture(_folder.File(name));
        Assert.Equal((96, 64), (frame.Width, frame.Height));
    }

    [Theory]
    [InlineData("%d.mp4")]
    [InlineData("concat:a|b.mp4")]
    [InlineData("no-extension")]
    public async Task Open_HostileNameOfClip_IsReadLikeAnyOther(string name)
    {
        var plain = await Ffmpeg.Make(
            _folder.File("plain.mp4"), "-f lavfi -i testsrc2=size=96x64 -frames:v 2 -pix_fmt yuv420p -c:v libx264");
        File.Copy(plain, _folder.File(name));
        using var frame = ReadFirst(_folder.File(name));
        Assert.Equal((96, 64), (frame.Width, frame.Height));
    }

    [Fact]
    public void Open_MissingFile_SaysSo()
    {
        var error = Assert.Throws<SourceException>(() => FrameSources.Open(_folder.File("none.jpg")));
        Assert.Equal(
            (SourceErrorKind.NotFound, $"{_folder.File("none.jpg")}: no such file"), (error.Kind, error.Message));
        Assert.Equal(ExitCode.Failed, error.ExitCode);
    }

    [Fact]
    public void Open_Folder_SaysSo()
    {
        var error = Assert.Throws<SourceException>(() => FrameSources.Open(_folder.Path));
        Assert.Equal(SourceErrorKind.Unsupported, error.Kind);
        Assert.Contains("is a folder", error.Message);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("just some text, nothing to see here", "not a picture or clip")]
    [InlineData("#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n", "not a picture or clip")]
    [InlineData("ffconcat version 1.0\nfile plain.mp4\n", "not a picture or clip")]
    public void Open_NoPicture_SaysSo(string content, string message)
    {
        File.WriteAllText(_folder.File("a.jpg"), content);
        var error = Assert.Throws<SourceException>(() => FrameSources.Open(_folder.File("a.jpg")));
        Assert.Equal(SourceErrorKind.Unreadable, error.Kind);
        Assert.StartsWith(_folder.File("a.jpg") + ": ", error.Message);
        Assert.Contains(message, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("a.jpg", "")]
    [InlineData("b.png", "")]
    [InlineData("c.bmp", "")]
    [InlineData("d.webp", "-c:v libwebp")]
    public async Task TryRead_CutPicture_IsUnreadable(string name, string encoding)
    {
        var whole = await Ffmpeg.Make(_folder.File(name), $"-f lavfi -i testsrc2=size=320x240 -frames:v 1 {encoding}");
        var bytes = await File.ReadAllBytesAsync(whole);
        await File.WriteAllBytesAsync(whole, bytes[..(bytes.Length / 2)]);

        var error = Assert.Throws<SourceException>(() => ReadPicture(whole));

        Assert.Equal(SourceErrorKind.Unreadable, error.Kind);
        Assert.Contains("cut short", error.Message);
    }

    [Fact]
    public async Task Open_ClipCutBeforeItsIndex_IsUnreadable()
    {
        var whole = await Ffmpeg.Make(
            _folder.File("a.mp4"), "-f lavfi -i testsrc2=size=320x240 -frames:v 25 -pix_fmt yuv420p -c:v libx264");
        var bytes = await File.ReadAllBytesAsync(whole);
        await File.WriteAllBytesAsync(whole, bytes[..(bytes.Length / 2)]);

        var error = Assert.Throws<SourceException>(() => FileSource.Open(whole, new()));

        Assert.Equal(SourceErrorKind.Unreadable, error.Kind);
        Assert.Contains("cut short", error.Message);
    }

    [Fact]
    public void TryRead_TooLargePicture_IsRefusedBeforeItIsDecoded()
    {
        // A PNG header of 12000 x 12000, 8-bit RGB, and ten bytes of its data; checksums by zlib's crc32 (RFC 2083).
        byte[] png =
        [
            0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52,
            0, 0, 0x2E, 0xE0, 0, 0, 0x2E, 0xE0, 8, 2, 0, 0, 0, 0xDE, 0x27, 0x1B, 0xA6,
            0x00, 0x00, 0x00, 0x0B, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0x60, 0x80, 0x01, 0x00, 0x00,
            0x0A, 0x00, 0x01, 0x7F, 0x80, 0x74, 0x5E,
        ];
        File.WriteAllBytes(_folder.File("huge.png"), png);
        var error = Assert.Throws<SourceException>(() => ReadPicture(_folder.File("huge.png")));
        Assert.Contains("100 megapixels", error.Message);
    }

    [Fact]
    public async Task TryRead_UnknownPixelFormat_NamesIt()
    {
        var clip = await Ffmpeg.Make(
            _folder.File("x.mkv"), "-f lavfi -i testsrc2=size=96x64 -frames:v 1 -pix_fmt yuv440p10le -c:v ffv1");
        var error = Assert.Throws<SourceException>(() => ReadFirst(clip));
        Assert.Equal(SourceErrorKind.Unsupported, error.Kind);
        Assert.Contains("the pixel format yuv440p10le is not supported", error.Message);
    }

    [Fact]
    public async Task TryRead_Canceled_Throws()
    {
        var clip = await Ffmpeg.Make(
            _folder.File("a.mp4"), "-f lavfi -i testsrc2=size=96x64 -frames:v 5 -pix_fmt yuv420p -c:v libx264");
        using var source = FileSource.Open(clip, new());
        using var frame = _pool.Rent();
        Assert.True(source.TryRead(frame, default));
        Assert.ThrowsAny<OperationCanceledException>(
            () => source.TryRead(frame, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task TryRead_KeyFramesOnly_GivesOneFramePerGroup()
    {
        var clip = await Ffmpeg.Make(
            _folder.File("a.mp4"), "-f lavfi -i testsrc2=size=96x64:rate=25 -frames:v 50 -pix_fmt yuv420p "
            + "-c:v libx264 -g 10 -sc_threshold 0");
        using var source = FileSource.Open(clip, new());
        source.Effort = DecodeEffort.KeyFramesOnly;
        using var frame = _pool.Rent();
        var times = new List<double>();
        while (source.TryRead(frame, default)) times.Add(frame.Time.TotalSeconds);
        Assert.Equal([0, 0.4, 0.8, 1.2, 1.6], times.Select(t => Math.Round(t, 3)));
    }

    [Fact]
    public async Task TryRead_RealTime_GivesNoFrameBeforeItIsDue()
    {
        var clip = await Ffmpeg.Make(
            _folder.File("a.mp4"),
            "-f lavfi -i testsrc2=size=96x64:rate=50 -frames:v 20 -pix_fmt yuv420p -c:v libx264");
        using var source = FileSource.Open(clip, new() { RealTime = true });
        using var frame = _pool.Rent();
        Assert.True(source.TryRead(frame, default));
        var started = frame.DecodedTimestamp;
        while (source.TryRead(frame, default))
        {
            // 2 ms less, since timers are of 1 ms
            var due = frame.Time - TimeSpan.FromMilliseconds(2);
            Assert.True(Stopwatch.GetElapsedTime(started, frame.DecodedTimestamp) >= due);
        }
        Assert.Equal(19, frame.Number);
    }

    [Theory]
    [InlineData("-c:v libx264 -bf 2 -pix_fmt yuv420p")]
    [InlineData("-c:v ffv1 -pix_fmt yuv420p10le")]
    public async Task TryRead_SteadyState_AllocatesNothing(string encoding)
    {
        var clip = await Ffmpeg.Make(
            _folder.File("a.mkv"), $"-f lavfi -i testsrc2=size=96x64 -frames:v 150 {encoding}");
        using var source = FileSource.Open(clip, new());
        using var frame = _pool.Rent();
        using var cancel = new CancellationTokenSource();
        for (var i = 0; i < 20; i++) Assert.True(source.TryRead(frame, cancel.Token));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) source.TryRead(frame, cancel.Token);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.Equal(119, frame.Number);
    }

    private Frame ReadPicture(string path)
    {
        using var source = FrameSources.Open(path);
        var frame = ReadFirst(source);
        using var second = _pool.Rent();
        Assert.False(source.TryRead(second, default));
        return frame;
    }

    private Frame ReadFirst(string path)
    {
        using var source = FrameSources.Open(path);
        return ReadFirst(source);
    }

    private Frame ReadFirst(IFrameSource source)
    {
        var frame = _pool.Rent();
        try
        {
            Assert.True(source.TryRead(frame, default));
            Assert.Equal((0, TimeSpan.Zero), (frame.Number, frame.Time));
            return frame;
        }
        catch
        {
            frame.Dispose();
            throw;
        }
    }

    private static void AssertNear(byte[] expected, byte[] actual, int tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= tolerance,
                $"sample {i} of {expected.Length}: {expected[i]} expected, {actual[i]} seen");
        }
    }

    // An APP1 segment with a big-endian TIFF header and one tag, 0x0112 (EXIF 2.3, 4.5.2 and 4.6.4).
    private static byte[] WithOrientation(byte[] jpeg, byte orientation)
    {
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, (byte)'E', (byte)'x', (byte)'i', (byte)'f', 0, 0,
            (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8,
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0,
        ];
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }
}
