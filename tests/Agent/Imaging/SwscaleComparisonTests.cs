using Picket.Agent.Imaging;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Imaging;

/// <summary>The same picture through ffmpeg's scale filter (a test card with sharp edges in every color): expected
/// values from another house.</summary>
public class SwscaleComparisonTests
{
    // Levels in the mean; seen: 0.0009 at the same size, 0.018 at worst (enlargement), so the two agree on all but a
    // few edge pixels.
    private const double MeanLimit = 0.1;

    [FfmpegFact]
    public Task Run_AreaStretch_IsCloseToFfmpegArea() => Compare(640, 480, 160, 120, ResizeFilter.Area, "area");

    [FfmpegFact]
    public Task Run_UnevenAreaStretch_IsCloseToFfmpegArea() => Compare(642, 362, 320, 240, ResizeFilter.Area, "area");

    [FfmpegFact]
    public Task Run_BilinearEnlargement_IsCloseToFfmpegBilinear() =>
        Compare(320, 240, 500, 406, ResizeFilter.Bilinear, "bilinear");

    [FfmpegFact]
    public Task Run_SameSize_IsCloseToFfmpegConversion() =>
        Compare(320, 240, 320, 240, ResizeFilter.Bilinear, "bilinear");

    private static async Task Compare(
        int width, int height, int targetWidth, int targetHeight, ResizeFilter filter, string flag)
    {
        using var folder = new TempFolder();
        string source = folder.File("source.yuv"), target = folder.File("target.gbrp");
        await ExternalProgram.OutputOfAsync(
            FfmpegFactAttribute.Program,
            ["-v", "error", "-f", "lavfi", "-i", $"testsrc2=size={width}x{height}", "-frames:v", "1",
             "-pix_fmt", "yuv420p", "-f", "rawvideo", source]);
        await ExternalProgram.OutputOfAsync(
            FfmpegFactAttribute.Program,
            ["-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", $"{width}x{height}", "-i", source,
             "-vf", $"scale={targetWidth}:{targetHeight}:flags={flag}+accurate_rnd+full_chroma_int",
             "-pix_fmt", "gbrp", "-f", "rawvideo", target]);
        byte[] yuv = await File.ReadAllBytesAsync(source), gbr = await File.ReadAllBytesAsync(target);
        byte[] rgb = Resize(yuv, width, height, targetWidth, targetHeight, filter);

        int plane = targetWidth * targetHeight;
        Assert.Equal(3 * plane, gbr.Length);
        Assert.InRange(MeanDifference(rgb.AsSpan(0, plane), gbr.AsSpan(2 * plane, plane)), 0, MeanLimit);
        Assert.InRange(MeanDifference(rgb.AsSpan(plane, plane), gbr.AsSpan(0, plane)), 0, MeanLimit);
        Assert.InRange(MeanDifference(rgb.AsSpan(2 * plane, plane), gbr.AsSpan(plane, plane)), 0, MeanLimit);
    }

    private static byte[] Resize(
        byte[] yuv, int width, int height, int targetWidth, int targetHeight, ResizeFilter filter)
    {
        int luma = width * height, chroma = luma / 4;
        var planes = new YuvPlanes
        {
            Y = yuv.AsSpan(0, luma),
            U = yuv.AsSpan(luma, chroma),
            V = yuv.AsSpan(luma + chroma, chroma),
            StrideY = width,
            StrideC = width / 2,
            Width = width,
            Height = height,
            Layout = PixelLayout.I420,
            Bt709 = false,
            FullRange = false,
        };
        var plan = new LetterboxPlan(
            width, height, PixelLayout.I420, targetWidth, targetHeight, FitMode.Stretch, filter);
        var letterbox = new Letterbox(plan, TensorFormat.Plain(ChannelOrder.Rgb));
        byte[] rgb = new byte[letterbox.OutputLength];
        letterbox.Run(planes, rgb);
        return rgb;
    }

    private static double MeanDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        long sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += Math.Abs(a[i] - b[i]);
        }

        return (double)sum / a.Length;
    }
}
