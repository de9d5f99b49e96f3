using Picket.Agent.Imaging;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Imaging;

/// <summary>Files are decoded by ffmpeg.</summary>
public class JpegEncoderTests
{
    /// <summary>Quality 95 quantization and two roundings.</summary>
    private const double ColorTolerance = 2.5;

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

    [Fact]
    public void Encode_ShortDestination_IsRefused()
    {
        using var encoder = new JpegEncoder();

        Assert.Throws<ArgumentException>(
            () => encoder.Encode(new byte[64 * 64 * 3], 64, 64, ChannelOrder.Rgb, new byte[50]));
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
        using var encoder = new JpegEncoder();
        byte[] file = new byte[20000];
        byte[] chip = new byte[30 * 30 * 3];
        Run();

        Assert.Equal(0, Allocation.Of(Run));

        void Run() => encoder.Encode(chip, 30, 30, ChannelOrder.Rgb, file);
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
