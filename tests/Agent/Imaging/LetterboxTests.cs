using System.Numerics;
using Picket.Agent.Imaging;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Imaging;

public class LetterboxTests
{
    public static TheoryData<int, int, int, int, int> Sizes => new()
    {
        // source, target, fit
        { 64, 48, 32, 32, (int)FitMode.Letterbox },
        { 61, 47, 40, 30, (int)FitMode.Stretch },
        { 40, 30, 97, 61, (int)FitMode.Stretch },
        { 33, 90, 64, 64, (int)FitMode.Letterbox },
        { 200, 120, 21, 17, (int)FitMode.Stretch },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Run_Waves_EqualsDoubleReference(int width, int height, int targetWidth, int targetHeight, int fit)
    {
        foreach (var layout in Enum.GetValues<PixelLayout>())
        {
            foreach (var filter in new[] { ResizeFilter.Bilinear, ResizeFilter.Area })
            {
                var picture = new TestPicture(width, height, layout)
                {
                    Bt709 = height % 2 == 1,
                    FullRange = width % 2 == 1,
                }.FillWaves();
                var plan = new LetterboxPlan(width, height, layout, targetWidth, targetHeight, (FitMode)fit, filter);
                var letterbox = new Letterbox(plan, TensorFormat.Plain(ChannelOrder.Rgb));
                float[] tensor = new float[letterbox.OutputLength];

                letterbox.Run(picture.Planes, tensor);

                AssertClose(plan, picture, tensor, filter == ResizeFilter.Area);
            }
        }
    }

    // 1.2 levels at worst: 8-bit vertical weights are off by at most 1/512 per tap, chroma is amplified by up to 1.8
    // * 255 / 224.
    private static void AssertClose(LetterboxPlan plan, TestPicture picture, float[] tensor, bool area)
    {
        int plane = plan.TargetWidth * plan.TargetHeight;
        double worst = 0, sum = 0;
        for (int y = 0; y < plan.ImageHeight; y++)
        {
            for (int x = 0; x < plan.ImageWidth; x++)
            {
                var (r, g, b) = ReferenceImaging.Color(
                    picture, x * plan.RatioX, y * plan.RatioY, plan.RatioX, plan.RatioY, area);
                int at = ((plan.ImageY + y) * plan.TargetWidth) + plan.ImageX + x;
                double off = Math.Max(
                    Math.Abs(tensor[at] - r),
                    Math.Max(Math.Abs(tensor[at + plane] - g), Math.Abs(tensor[at + (2 * plane)] - b)));
                worst = Math.Max(worst, off);
                sum += off;
            }
        }

        Assert.True(worst < 1.2, $"worst difference {worst:F3} levels");
        Assert.True(
            sum / (plan.ImageWidth * plan.ImageHeight) < 0.25,
            $"mean difference {sum / (plan.ImageWidth * plan.ImageHeight):F3}");
    }

    [Fact]
    public void Run_LetterboxWideSource_PadsAboveAndBelow()
    {
        var picture = new TestPicture(64, 32, PixelLayout.I420) { FullRange = true }.FillFlat(200, 128, 128);
        var letterbox = new Letterbox(
            new LetterboxPlan(64, 32, PixelLayout.I420, 32, 32), TensorFormat.Uniform(ChannelOrder.Rgb, 1 / 255f, 0));
        float[] tensor = new float[letterbox.OutputLength];

        letterbox.Run(picture.Planes, tensor);

        for (int channel = 0; channel < 3; channel++)
        {
            var plane = tensor.AsSpan(channel * 1024, 1024);
            Assert.Equal(-1, plane[..256].IndexOfAnyExcept(114 * (1 / 255f)));
            Assert.Equal(-1, plane[768..].IndexOfAnyExcept(114 * (1 / 255f)));
            Assert.All(plane[256..768].ToArray(), value => Assert.Equal(200 / 255f, value, 1e-5f));
        }
    }

    // Hand sum: 64x32 would be enlarged by 2 to fill 128; by at most 1.25 it is 80x40 in the middle.
    [Fact]
    public void Plan_MostEnlarged_LeavesWiderBars()
    {
        var plan = new LetterboxPlan(64, 32, PixelLayout.I420, 128, 96, mostEnlarged: 1.25);
        Assert.Equal((24, 28, 80, 40), (plan.ImageX, plan.ImageY, plan.ImageWidth, plan.ImageHeight));
        Assert.Equal(new Vector2(64, 32), plan.ToSource(104, 68));
    }

    [Fact]
    public void Plan_MostEnlargedNotReached_ChangesNothing()
    {
        var plan = new LetterboxPlan(640, 320, PixelLayout.I420, 128, 96, mostEnlarged: 1.25);
        Assert.Equal((0, 16, 128, 64), (plan.ImageX, plan.ImageY, plan.ImageWidth, plan.ImageHeight));
    }

    // Limited-range primaries at 75 %, BT.601, by hand from the standard: red is Y 65, Cb 100, Cr 212 (ITU-R BT.801
    // color bars).
    [Fact]
    public void Run_ColorBarRed_PutsChannelsInOrder()
    {
        var picture = new TestPicture(16, 16, PixelLayout.Nv12).FillFlat(65, 100, 212);
        var plan = new LetterboxPlan(16, 16, PixelLayout.Nv12, 16, 16);
        byte[] rgb = new byte[768], bgr = new byte[768], gray = new byte[256];

        new Letterbox(plan, TensorFormat.Plain(ChannelOrder.Rgb)).Run(picture.Planes, rgb);
        new Letterbox(plan, TensorFormat.Plain(ChannelOrder.Bgr)).Run(picture.Planes, bgr);
        new Letterbox(plan, TensorFormat.Plain(ChannelOrder.Gray)).Run(picture.Planes, gray);

        Assert.Equal((191, 0, 0), (rgb[0], Math.Max(0, rgb[256] - 1), Math.Max(0, rgb[512] - 1)));
        Assert.Equal((rgb[0], rgb[256], rgb[512]), (bgr[512], bgr[256], bgr[0]));
        Assert.Equal(57, gray[0]); // (65 - 16) * 255 / 219 = 57.05
    }

    [Fact]
    public void Run_ScaleAndOffsetPerChannel_AreApplied()
    {
        var picture = new TestPicture(8, 8, PixelLayout.I444) { FullRange = true }.FillFlat(100, 128, 128);
        var format = new TensorFormat(ChannelOrder.Rgb, new Vector3(0.5f, -1, 2), new Vector3(1, 2, 3));
        var letterbox = new Letterbox(new LetterboxPlan(8, 8, PixelLayout.I444, 8, 8), format);
        float[] tensor = new float[192];

        letterbox.Run(picture.Planes, tensor);

        Assert.Equal(
            [51f, -98f, 203f], new[] { tensor[0], tensor[64], tensor[128] }.Select(value => MathF.Round(value, 3)));
    }

    [Fact]
    public void Run_TinySourcesAndTargets_GiveTheFlatColor()
    {
        foreach (var layout in Enum.GetValues<PixelLayout>())
        {
            foreach (var (source, target) in new[] { (1, 1), (1, 7), (2, 1), (3, 2), (1, 40), (50, 1) })
            {
                var picture =
                    new TestPicture(source, source, layout, rowPadding: 0) { FullRange = true }.FillFlat(90, 128, 128);
                var letterbox = new Letterbox(
                    new LetterboxPlan(source, source, layout, target, target), TensorFormat.Plain(ChannelOrder.Rgb));
                byte[] tensor = new byte[letterbox.OutputLength];

                letterbox.Run(picture.Planes, tensor);

                Assert.All(tensor, value => Assert.Equal(90, value));
            }
        }
    }

    [Fact]
    public void Run_Region_EqualsThatPartOfTheFrame()
    {
        var picture = new TestPicture(64, 48, PixelLayout.I444).FillRandom(3);
        var whole = new Letterbox(
            new LetterboxPlan(64, 48, PixelLayout.I444, 64, 48), TensorFormat.Plain(ChannelOrder.Rgb));
        var tile = new Letterbox(
            new LetterboxPlan(64, 48, PixelLayout.I444, 20, 10, region: new PixelRegion(7, 5, 20, 10)),
            TensorFormat.Plain(ChannelOrder.Rgb));
        byte[] all = new byte[whole.OutputLength], part = new byte[tile.OutputLength];

        whole.Run(picture.Planes, all);
        tile.Run(picture.Planes, part);

        for (int y = 0; y < 10; y++)
        {
            Assert.True(all.AsSpan(((5 + y) * 64) + 7, 20).SequenceEqual(part.AsSpan(y * 20, 20)));
        }
    }

    [Fact]
    public void ToSource_CornersOfTheImage_AreCornersOfTheRegion()
    {
        var plan = new LetterboxPlan(
            1920, 1080, PixelLayout.I420, 640, 640, region: new PixelRegion(100, 50, 1280, 720));

        Assert.Equal(new Vector2(100, 50), plan.ToSource(0, 140));
        Assert.Equal(new Vector2(1380, 770), plan.ToSource(640, 500));
    }

    [Fact]
    public void Run_FrameOfAnotherSize_IsRefused()
    {
        var picture = new TestPicture(20, 20, PixelLayout.I420);
        var letterbox = new Letterbox(
            new LetterboxPlan(20, 22, PixelLayout.I420, 8, 8), TensorFormat.Plain(ChannelOrder.Rgb));

        Assert.Throws<ArgumentException>(() => letterbox.Run(picture.Planes, new byte[192]));
    }

    [Fact]
    public void Run_ShortDestination_IsRefused()
    {
        var picture = new TestPicture(20, 20, PixelLayout.I420);
        var letterbox = new Letterbox(
            new LetterboxPlan(20, 20, PixelLayout.I420, 8, 8), TensorFormat.Plain(ChannelOrder.Rgb));

        Assert.Throws<ArgumentException>(() => letterbox.Run(picture.Planes, new float[191]));
    }

    [Theory]
    [InlineData(-1, 0, 4, 4)]
    [InlineData(0, 0, 0, 4)]
    [InlineData(18, 0, 4, 4)]
    [InlineData(0, int.MaxValue, 4, 4)]
    public void Constructor_RegionOutsideTheFrame_IsRefused(int x, int y, int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new LetterboxPlan(20, 20, PixelLayout.I420, 8, 8, region: new PixelRegion(x, y, width, height)));

    [Fact]
    public void Run_Repeatedly_AllocatesNothing()
    {
        var picture = new TestPicture(64, 48, PixelLayout.I420).FillWaves();
        var letterbox = new Letterbox(
            new LetterboxPlan(64, 48, PixelLayout.I420, 32, 32), TensorFormat.Plain(ChannelOrder.Rgb));
        float[] tensor = new float[letterbox.OutputLength];
        Run();

        Assert.Equal(0, Allocation.Of(Run));

        void Run() => letterbox.Run(picture.Planes, tensor);
    }
}
