using Picket.Agent.Imaging;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Imaging;

public class AffineCropTests
{
    [Fact]
    public void Run_RotatedCrop_EqualsDoubleReference()
    {
        var map = new AffineTransform(0.9f, -0.4f, 30.3f, 0.4f, 0.9f, 12.7f);
        foreach (var layout in Enum.GetValues<PixelLayout>())
        {
            var picture = new TestPicture(95, 77, layout) { Bt709 = true }.FillWaves();
            var crop = new AffineCrop(56, 40, TensorFormat.Plain(ChannelOrder.Rgb));
            float[] tensor = new float[crop.OutputLength];

            crop.Run(picture.Planes, map, tensor);

            for (int y = 0; y < 40; y++)
            {
                for (int x = 0; x < 56; x++)
                {
                    var at = map.Apply(x + 0.5f, y + 0.5f);
                    var (r, g, b) = ReferenceImaging.Color(picture, at.X, at.Y, 0, 0, area: false);
                    int i = (y * 56) + x;
                    Assert.Equal(r, tensor[i], 0.1);
                    Assert.Equal(g, tensor[i + 2240], 0.1);
                    Assert.Equal(b, tensor[i + 4480], 0.1);
                }
            }
        }
    }

    // A whole-number shrink of n with n x n samples at pixel centers is the plain mean of n x n pixels.
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    public void Run_WholeNumberShrink_IsTheMean(int shrink)
    {
        var picture = new TestPicture(10 * shrink, 6 * shrink, PixelLayout.I444) { FullRange = true };
        picture.Fill((x, y) => (byte)((x * 7) ^ (y * 31)), (_, _) => (128, 128));
        var crop = new AffineCrop(10, 6, TensorFormat.Plain(ChannelOrder.Gray));
        float[] tensor = new float[60];

        crop.Run(
            picture.Planes, AffineTransform.FromRectangle(0, 0, 10 * shrink, 6 * shrink, 10, 6), tensor);

        for (int i = 0; i < 60; i++)
        {
            int x = i % 10 * shrink, y = i / 10 * shrink;
            double mean = ReferenceImaging.Box(picture.Y, picture.Width, picture.Height, x, y, x + shrink, y + shrink);
            Assert.Equal(mean, tensor[i], 0.01);
        }
    }

    [Fact]
    public void Run_FineCheckerboardShrunk_BecomesGray()
    {
        var picture = new TestPicture(448, 448, PixelLayout.I420) { FullRange = true };
        picture.Fill((x, y) => (byte)(((x + y) & 1) * 255), (_, _) => (128, 128));
        var crop = new AffineCrop(112, 112, TensorFormat.Plain(ChannelOrder.Bgr));
        byte[] pixels = new byte[crop.OutputLength];

        crop.Run(picture.Planes, AffineTransform.FromRectangle(0, 0, 448, 448, 112, 112), pixels);

        Assert.All(pixels, value => Assert.InRange(value, 126, 129));
    }

    [Fact]
    public void Run_BeyondTheFrame_ReplicatesOrPads()
    {
        var picture = new TestPicture(16, 16, PixelLayout.I420) { FullRange = true }.FillFlat(50, 128, 128);
        var beyond = AffineTransform.FromRectangle(-8, -8, 32, 32, 32, 32);
        byte[] replicated = new byte[1024], padded = new byte[1024];

        new AffineCrop(32, 32, TensorFormat.Plain(ChannelOrder.Gray)).Run(picture.Planes, beyond, replicated);
        new AffineCrop(32, 32, TensorFormat.Plain(ChannelOrder.Gray, pad: 9), BorderMode.Constant)
            .Run(picture.Planes, beyond, padded);

        Assert.All(replicated, value => Assert.Equal(50, value));
        Assert.Equal(256, padded.Count(value => value == 50));
        Assert.Equal(768, padded.Count(value => value == 9));
        Assert.Equal(50, padded[(8 * 32) + 8]);
        Assert.Equal(9, padded[(7 * 32) + 8]);
    }

    [Fact]
    public void Run_AbsurdTransforms_StayInsideThePlanes()
    {
        var picture = new TestPicture(5, 3, PixelLayout.Nv12, rowPadding: 0).FillRandom(1);
        var crop = new AffineCrop(20, 20, TensorFormat.Plain(ChannelOrder.Rgb));
        byte[] pixels = new byte[crop.OutputLength];
        foreach (float wild in new[] { 1e30f, -1e30f, float.NaN, float.PositiveInfinity, 4e9f })
        {
            crop.Run(picture.Planes, new AffineTransform(wild, 1, -wild, 1, wild, wild), pixels);
            crop.Run(picture.Planes, new AffineTransform(0, 0, wild, 0, 0, -wild), pixels);
        }
    }

    [Fact]
    public void RunInterleaved_AnyPicture_HasTheValuesOfThePlanarCrop()
    {
        var picture = new TestPicture(60, 50, PixelLayout.I422).FillRandom(5);
        var map = new AffineTransform(1.1f, 0.2f, -3, -0.2f, 1.1f, 4);
        var crop = new AffineCrop(31, 17, TensorFormat.Plain(ChannelOrder.Rgb));
        byte[] planar = new byte[crop.OutputLength], interleaved = new byte[crop.OutputLength];

        crop.Run(picture.Planes, map, planar);
        crop.RunInterleaved(picture.Planes, map, interleaved);

        for (int i = 0; i < 31 * 17; i++)
        {
            Assert.Equal(
                (planar[i], planar[i + 527], planar[i + 1054]),
                (interleaved[3 * i], interleaved[(3 * i) + 1], interleaved[(3 * i) + 2]));
        }
    }

    [Fact]
    public void RunInterleaved_GrayFormat_IsRefused()
    {
        var picture = new TestPicture(8, 8, PixelLayout.I420);
        var crop = new AffineCrop(4, 4, TensorFormat.Plain(ChannelOrder.Gray));

        Assert.Throws<InvalidOperationException>(
            () => crop.RunInterleaved(picture.Planes, AffineTransform.Identity, new byte[48]));
    }

    [Fact]
    public void Run_Repeatedly_AllocatesNothing()
    {
        var picture = new TestPicture(64, 48, PixelLayout.I420).FillWaves();
        var crop = new AffineCrop(32, 32, TensorFormat.Plain(ChannelOrder.Bgr));
        float[] tensor = new float[crop.OutputLength];
        byte[] bytes = new byte[crop.OutputLength];
        RunAll();

        Assert.Equal(0, Allocation.Of(RunAll));

        void RunAll()
        {
            crop.Run(picture.Planes, AffineTransform.Identity, tensor);
            crop.Run(picture.Planes, AffineTransform.Identity, bytes);
            crop.RunInterleaved(picture.Planes, AffineTransform.Identity, bytes);
        }
    }
}
