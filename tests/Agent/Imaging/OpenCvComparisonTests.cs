using OpenCvSharp;
using Picket.Agent.Imaging;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Imaging;

/// <summary>The kernels beside OpenCV, whose operations the models were trained with: expected values from another house.</summary>
/// <remarks>
/// Tolerances: OpenCV and our kernels round the weights of a sample differently (11 bits and 8), which is at most one level, and
/// each rounds its result; its warp knows places to a 32nd of a pixel, which at the steepest step of the waves, 8 levels a pixel,
/// is a quarter of a level more. Where it does the same sum in whole numbers, the values are equal.
/// </remarks>
public class OpenCvComparisonTests
{
    [OpenCvFact]
    public void Letterbox_BilinearEnlargement_IsOpenCvsLinear() =>
        CompareLuma(160, 120, 250, 203, ResizeFilter.Bilinear, InterpolationFlags.Linear, atMost: 1, mean: 0.3);

    [OpenCvFact]
    public void Letterbox_BilinearShrinking_IsOpenCvsLinear() =>
        CompareLuma(161, 119, 120, 90, ResizeFilter.Bilinear, InterpolationFlags.Linear, atMost: 1, mean: 0.3);

    [OpenCvFact]
    public void Letterbox_AreaByWholeNumbers_IsOpenCvsArea() =>
        CompareLuma(192, 108, 64, 36, ResizeFilter.Area, InterpolationFlags.Area, atMost: 1, mean: 0.3);

    [OpenCvFact]
    public void Letterbox_AreaByFractions_IsOpenCvsArea() =>
        CompareLuma(199, 113, 64, 36, ResizeFilter.Area, InterpolationFlags.Area, atMost: 1, mean: 0.3);

    /// <summary>Every color of a grid in BT.601, limited range, the one that OpenCV knows, those that no RGB has among
    /// them.</summary>
    [OpenCvFact]
    public void Color_OfEveryKind_IsOpenCvs()
    {
        foreach (var (layout, conversion) in new[]
        {
            (PixelLayout.I420, ColorConversionCodes.YUV2RGB_I420), (PixelLayout.Nv12, ColorConversionCodes.YUV2RGB_NV12),
        })
        {
            for (var y = 16; y <= 235; y += 73)
            {
                for (var u = 16; u <= 240; u += 56)
                {
                    for (var v = 16; v <= 240; v += 56)
                    {
                        var picture = new TestPicture(16, 16, layout, rowPadding: 0).FillFlat((byte)y, (byte)u, (byte)v);
                        var letterbox = new Letterbox(
                            new LetterboxPlan(16, 16, layout, 16, 16), TensorFormat.Plain(ChannelOrder.Rgb));
                        var ours = new byte[letterbox.OutputLength];
                        letterbox.Run(picture.Planes, ours);
                        using var yuv = Mat.FromPixelData(24, 16, MatType.CV_8UC1, Contiguous(picture));
                        using var rgb = new Mat();
                        Cv2.CvtColor(yuv, rgb, conversion);
                        var theirs = rgb.At<Vec3b>(8, 8);
                        for (var channel = 0; channel < 3; channel++)
                            Assert.InRange(ours[(channel * 256) + 136] - theirs[channel], -1, 1);
                    }
                }
            }
        }
    }

    /// <summary>As a face is straightened for the embedder: turned by 11 degrees, at 1.2 pixels of the picture a pixel.</summary>
    [OpenCvFact]
    public void AffineCrop_TurnedFace_IsOpenCvsWarp()
    {
        var picture = new TestPicture(320, 240, PixelLayout.I420, rowPadding: 0) { FullRange = true }.FillWaves();
        var map = new AffineTransform(1.18f, -0.23f, 120, 0.23f, 1.18f, 40);
        var crop = new AffineCrop(112, 112, TensorFormat.Plain(ChannelOrder.Gray));
        var ours = new byte[crop.OutputLength];
        crop.Run(picture.Planes, map, ours);

        using var luma = Luma(picture);
        using var warped = new Mat();
        // Between the centers of pixels, from the output to the picture.
        double[,] centers =
        {
            { map.A, map.B, map.C + (0.5 * (map.A + map.B)) - 0.5 }, { map.D, map.E, map.F + (0.5 * (map.D + map.E)) - 0.5 },
        };
        using var matrix = Mat.FromArray(centers);
        Cv2.WarpAffine(
            luma, warped, matrix, new Size(112, 112), InterpolationFlags.Linear | InterpolationFlags.WarpInverseMap,
            BorderTypes.Replicate);

        AssertClose(warped, ours, atMost: 1, mean: 0.3);
    }

    [OpenCvFact]
    public void Sharpness_OfNoise_IsTheVarianceOfOpenCvsLaplacian()
    {
        var picture = new TestPicture(113, 97, PixelLayout.I420, rowPadding: 0).FillRandom(1);
        using var luma = Luma(picture);
        using var laplacian = new Mat();
        Cv2.Laplacian(luma, laplacian, MatType.CV_64F);
        using var inner = new Mat(laplacian, new Rect(1, 1, 111, 95));
        Cv2.MeanStdDev(inner, out _, out var deviation);

        luma.GetArray(out byte[] gray);
        Assert.Equal(deviation.Val0 * deviation.Val0, Sharpness.Laplacian(gray, 113, 97), 1e-6);
    }

    private static void CompareLuma(
        int width, int height, int targetWidth, int targetHeight, ResizeFilter filter, InterpolationFlags theirs, int atMost,
        double mean)
    {
        var picture = new TestPicture(width, height, PixelLayout.I420, rowPadding: 0) { FullRange = true }.FillRandom(7);
        var plan = new LetterboxPlan(width, height, PixelLayout.I420, targetWidth, targetHeight, FitMode.Stretch, filter);
        var letterbox = new Letterbox(plan, TensorFormat.Plain(ChannelOrder.Gray));
        var ours = new byte[letterbox.OutputLength];
        letterbox.Run(picture.Planes, ours);

        using var luma = Luma(picture);
        using var resized = new Mat();
        Cv2.Resize(luma, resized, new Size(targetWidth, targetHeight), 0, 0, theirs);

        AssertClose(resized, ours, atMost, mean);
    }

    private static void AssertClose(Mat theirs, byte[] ours, int atMost, double mean)
    {
        theirs.GetArray(out byte[] expected);
        Assert.Equal(expected.Length, ours.Length);
        var off = expected.Zip(ours, (a, b) => Math.Abs(a - b)).ToArray();
        Assert.True(off.Max() <= atMost, $"worst difference {off.Max()} levels");
        Assert.True(off.Average() <= mean, $"mean difference {off.Average():F3} levels");
    }

    private static Mat Luma(TestPicture picture)
    {
        var luma = new Mat(picture.Height, picture.Width, MatType.CV_8UC1);
        luma.SetArray(Contiguous(picture)[..(picture.Width * picture.Height)]);
        return luma;
    }

    private static byte[] Contiguous(TestPicture picture)
    {
        var planes = picture.Planes;
        return [.. planes.Y, .. planes.U, .. planes.V];
    }
}
