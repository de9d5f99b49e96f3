using Picket.Agent.Imaging;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Imaging;

/// <summary>Files are decoded by ffmpeg; expected colors come from the standards' formulas
/// (<see cref="ReferenceImaging"/>).</summary>
public class JpegEncoderTests
{
    /// <summary>Quality 95 quantization and two roundings.</summary>
    private const double ColorTolerance = 2.5;

    [FfmpegFact]
    public async Task Encode_FlatColors_DecodeToTheSameRgb()
    {
        using var encoder = new JpegEncoder();
        // one after the other is a Motion JPEG stream: one run of ffmpeg decodes them all
        var files = new MemoryStream();
        var expected = new List<(string What, (double R, double G, double B) Color)>();
        byte[] file = new byte[20000];
        foreach (var layout in Enum.GetValues<PixelLayout>())
        {
            foreach (var (bt709, fullRange) in new[] { (false, false), (true, false), (false, true), (true, true) })
            {
                foreach (var (y, u, v) in new[] { (235, 128, 128), (16, 128, 128), (100, 110, 160), (120, 150, 100) })
                {
                    var picture = new TestPicture(64, 48, layout) { Bt709 = bt709, FullRange = fullRange };
                    picture.FillFlat((byte)y, (byte)u, (byte)v);
                    int length = encoder.Encode(picture.Planes, new PixelRegion(4, 2, 33, 27), file, quality: 95);
                    files.Write(file, 0, length);
                    string what = $"{layout} bt709 {bt709} full {fullRange} ({y},{u},{v})";
                    expected.Add((what, ReferenceImaging.ToRgb(y, u, v, bt709, fullRange)));
                }
            }
        }

        byte[] rgb = await Decode(files.ToArray(), 33, 27, expected.Count);

        for (int i = 0; i < expected.Count; i++)
        {
            var (what, color) = expected[i];
            var (r, g, b) = MeanColor(rgb.AsSpan(i * 3 * 33 * 27, 3 * 33 * 27));
            string all = $"{what}: {color}, decoded ({r:F1},{g:F1},{b:F1})";
            Assert.True(Math.Abs(r - color.R) < ColorTolerance, all);
            Assert.True(Math.Abs(g - color.G) < ColorTolerance, all);
            Assert.True(Math.Abs(b - color.B) < ColorTolerance, all);
        }
    }

    [FfmpegFact]
    public async Task Encode_Region_ShowsThatPart()
    {
        var picture = new TestPicture(64, 64, PixelLayout.Nv12) { FullRange = true };
        picture.Fill((x, y) => (byte)(x < 32 && y < 32 ? 40 : 200), (_, _) => (128, 128));
        using var encoder = new JpegEncoder();
        byte[] dark = new byte[20000], light = new byte[20000];

        int darkLength = encoder.Encode(picture.Planes, new PixelRegion(0, 0, 32, 32), dark);
        int lightLength = encoder.Encode(picture.Planes, new PixelRegion(32, 16, 32, 48), light);

        Assert.Equal(40, MeanColor(await Decode(dark.AsMemory(0, darkLength), 32, 32)).G, ColorTolerance);
        Assert.Equal(200, MeanColor(await Decode(light.AsMemory(0, lightLength), 32, 48)).G, ColorTolerance);
    }

    [FfmpegFact]
    public async Task Encode_Chip_DecodesToTheSameRgb()
    {
        byte[] rgb = new byte[112 * 112 * 3], bgr = new byte[rgb.Length];
        for (int i = 0; i < rgb.Length; i += 3)
        {
            (rgb[i], rgb[i + 1], rgb[i + 2]) = (180, 90, 40);
            (bgr[i], bgr[i + 1], bgr[i + 2]) = (40, 90, 180);
        }

        using var encoder = new JpegEncoder();
        byte[] a = new byte[20000], b = new byte[20000];

        int lengthA = encoder.Encode(rgb, 112, 112, ChannelOrder.Rgb, a, quality: 95);
        int lengthB = encoder.Encode(bgr, 112, 112, ChannelOrder.Bgr, b, quality: 95);

        Assert.True(a.AsSpan(0, lengthA).SequenceEqual(b.AsSpan(0, lengthB)));
        var color = MeanColor(await Decode(a.AsMemory(0, lengthA), 112, 112));
        Assert.Equal(180, color.R, ColorTolerance);
        Assert.Equal(90, color.G, ColorTolerance);
        Assert.Equal(40, color.B, ColorTolerance);
    }

    [Theory]
    [InlineData(1, 0, 8, 8)]
    [InlineData(0, 3, 8, 8)]
    [InlineData(-2, 0, 8, 8)]
    [InlineData(60, 0, 8, 8)]
    [InlineData(0, 0, 0, 8)]
    [InlineData(0, 0, int.MaxValue, int.MaxValue)]
    public void Encode_BadRegion_IsRefused(int x, int y, int width, int height)
    {
        var picture = new TestPicture(64, 64, PixelLayout.I420);
        using var encoder = new JpegEncoder();

        Assert.Throws<ArgumentException>(
            () => encoder.Encode(picture.Planes, new PixelRegion(x, y, width, height), new byte[2000]));
    }

    [Fact]
    public void Encode_ShortDestination_IsRefused()
    {
        var picture = new TestPicture(64, 64, PixelLayout.I420).FillRandom(1);
        using var encoder = new JpegEncoder();

        Assert.Throws<ArgumentException>(
            () => encoder.Encode(picture.Planes, new PixelRegion(0, 0, 64, 64), new byte[50]));
    }

    [Fact]
    public void Encode_QualityOutOfRange_IsRefusedByTheLibrary()
    {
        using var encoder = new JpegEncoder();

        Assert.Throws<PicketException>(
            () => encoder.Encode(new byte[192], 8, 8, ChannelOrder.Rgb, new byte[2000], quality: 101));
    }

    [Fact]
    public void Encode_Repeatedly_AllocatesNothing()
    {
        var picture = new TestPicture(64, 64, PixelLayout.I420).FillWaves();
        using var encoder = new JpegEncoder();
        byte[] file = new byte[20000];
        byte[] chip = new byte[30 * 30 * 3];
        RunBoth();

        Assert.Equal(0, Allocation.Of(RunBoth));

        void RunBoth()
        {
            encoder.Encode(picture.Planes, new PixelRegion(2, 2, 50, 50), file);
            encoder.Encode(chip, 30, 30, ChannelOrder.Rgb, file);
        }
    }

    [Theory]
    [InlineData(3.2f, 5.9f, 10, 10, 2, 4, 12, 12)]
    [InlineData(-5, -5, 8, 8, 0, 0, 3, 3)]
    [InlineData(60, 60, 50, 50, 60, 60, 4, 4)]
    [InlineData(500, 500, 5, 5, 62, 62, 1, 1)]
    public void AroundEven_AnyRectangle_IsEvenAndInside(
        float x, float y, float width, float height, int left, int top, int regionWidth, int regionHeight)
    {
        var region = PixelRegion.AroundEven(x, y, width, height, 64, 64);

        Assert.Equal((left, top), (region.X, region.Y));
        Assert.InRange(region.Width, regionWidth, regionWidth + 1);
        Assert.InRange(region.Height, regionHeight, regionHeight + 1);
        Assert.True(region.X + region.Width <= 64 && region.Y + region.Height <= 64);
    }

    private static async Task<byte[]> Decode(ReadOnlyMemory<byte> file, int width, int height, int pictures = 1)
    {
        using var folder = new TempFolder();
        await File.WriteAllBytesAsync(folder.File("a.jpg"), file.ToArray());
        await ExternalProgram.OutputOfAsync(
            FfmpegFactAttribute.Program,
            [
                "-v", "error", "-f", "mjpeg", "-i", folder.File("a.jpg"),
                "-vf", "scale=flags=bilinear+accurate_rnd+full_chroma_int",
                "-pix_fmt", "rgb24", "-fps_mode", "passthrough", "-f", "rawvideo", folder.File("a.rgb"),
            ]);
        byte[] rgb = await File.ReadAllBytesAsync(folder.File("a.rgb"));
        Assert.Equal(3 * width * height * pictures, rgb.Length);
        return rgb;
    }

    private static (double R, double G, double B) MeanColor(ReadOnlySpan<byte> rgb)
    {
        double r = 0, g = 0, b = 0;
        for (int i = 0; i < rgb.Length; i += 3)
        {
            (r, g, b) = (r + rgb[i], g + rgb[i + 1], b + rgb[i + 2]);
        }

        double pixels = rgb.Length / 3.0;
        return (r / pixels, g / pixels, b / pixels);
    }
}
