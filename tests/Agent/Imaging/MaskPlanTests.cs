using System.Numerics;
using Picket.Agent.Imaging;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Imaging;

/// <summary>Whether hidden pixels contribute is tested from outside: two pictures that differ only there must give
/// the very same output.</summary>
public class MaskPlanTests
{
    private const int Width = 75, Height = 58;

    [Fact]
    public void Letterbox_PicturesThatDifferUnderTheMask_GiveTheSameTensor()
    {
        foreach (var layout in Enum.GetValues<PixelLayout>())
        {
            for (int seed = 0; seed < 6; seed++)
            {
                var (one, other, masks) = DifferUnderMask(layout, seed);
                foreach (var filter in new[] { ResizeFilter.Bilinear, ResizeFilter.Area })
                {
                    var targets = new[] { (Width, Height), (32, 32), (20, 40), (100, 90) };
                    foreach (var (targetWidth, targetHeight) in targets)
                    {
                        var plan = new LetterboxPlan(
                            Width, Height, layout, targetWidth, targetHeight, FitMode.Stretch, filter);
                        var letterbox = new Letterbox(plan, TensorFormat.Plain(ChannelOrder.Rgb));
                        float[] a = new float[letterbox.OutputLength], b = new float[letterbox.OutputLength];

                        letterbox.Run(one.WithMasks(masks), a);
                        letterbox.Run(other.WithMasks(masks), b);

                        Assert.True(
                            a.AsSpan().SequenceEqual(b), $"{layout} seed {seed} {filter} {targetWidth}x{targetHeight}");
                    }
                }
            }
        }
    }

    [Fact]
    public void AffineCrop_PicturesThatDifferUnderTheMask_GiveTheSameCrop()
    {
        var random = new Random(11);
        foreach (var layout in Enum.GetValues<PixelLayout>())
        {
            for (int seed = 0; seed < 30; seed++)
            {
                var (one, other, masks) = DifferUnderMask(layout, seed);
                float Next(float scale) => ((float)random.NextDouble() - 0.5f) * scale;
                var map = new AffineTransform(1 + Next(3), Next(2), 20 + Next(60), Next(2), 1 + Next(3), 20 + Next(60));
                var crop = new AffineCrop(40, 33, TensorFormat.Plain(ChannelOrder.Bgr));
                byte[] a = new byte[crop.OutputLength], b = new byte[crop.OutputLength];

                crop.Run(one.WithMasks(masks), map, a);
                crop.Run(other.WithMasks(masks), map, b);

                Assert.True(a.AsSpan().SequenceEqual(b), $"{layout} seed {seed} {map}");
            }
        }
    }

    [Fact]
    public void Letterbox_RectangleMask_IsBlackInsideAndUntouchedOutside()
    {
        var picture = new TestPicture(64, 64, PixelLayout.I420) { FullRange = true }.FillFlat(200, 128, 128);
        var masks = MaskPlan.FromNormalized(
            64, 64, [[new(0.25f, 0.25f), new(0.5f, 0.25f), new(0.5f, 0.5f), new(0.25f, 0.5f)]]);
        var letterbox = new Letterbox(
            new LetterboxPlan(64, 64, PixelLayout.I420, 64, 64), TensorFormat.Uniform(ChannelOrder.Rgb, 1, -7));
        float[] tensor = new float[letterbox.OutputLength];

        letterbox.Run(picture.WithMasks(masks), tensor);

        for (int y = 0; y < 64; y++)
        {
            for (int x = 0; x < 64; x++)
            {
                bool inside = x is >= 16 and < 32 && y is >= 16 and < 32;
                bool beyondReach = x is < 12 or >= 36 || y is < 12 or >= 36;
                if (inside)
                {
                    Assert.Equal(-7, tensor[(y * 64) + x]);
                }
                else if (beyondReach)
                {
                    Assert.Equal(193, tensor[(y * 64) + x], 1e-3f);
                }
            }
        }
    }

    [Fact]
    public void Letterbox_ManyPlansWithOneMask_AllocatesOnlyAtFirst()
    {
        var picture = new TestPicture(64, 64, PixelLayout.I420).FillWaves();
        var masks = new MaskPlan(64, 64, [[new(5, 5), new(30, 9), new(12, 40)]]);
        var first = new Letterbox(
            new LetterboxPlan(64, 64, PixelLayout.I420, 32, 32), TensorFormat.Plain(ChannelOrder.Rgb));
        var second = new Letterbox(
            new LetterboxPlan(64, 64, PixelLayout.I420, 40, 24), TensorFormat.Plain(ChannelOrder.Rgb));
        float[] tensor = new float[3 * 32 * 32];
        RunBoth();

        Assert.Equal(0, Allocation.Of(RunBoth));

        void RunBoth()
        {
            first.Run(picture.WithMasks(masks), tensor);
            second.Run(picture.WithMasks(masks), tensor);
        }
    }

    [Fact]
    public void Run_MasksForAnotherSize_AreRefused()
    {
        var picture = new TestPicture(64, 64, PixelLayout.I420);
        var masks = new MaskPlan(64, 62, [[new(5, 5), new(30, 9), new(12, 40)]]);
        var letterbox = new Letterbox(
            new LetterboxPlan(64, 64, PixelLayout.I420, 8, 8), TensorFormat.Plain(ChannelOrder.Rgb));
        Assert.Throws<ArgumentException>(() => letterbox.Run(picture.WithMasks(masks), new byte[192]));
        Assert.Throws<ArgumentException>(() => new AffineCrop(8, 8, TensorFormat.Plain(ChannelOrder.Rgb)).Run(
            picture.WithMasks(masks), AffineTransform.Identity, new byte[192]));
    }

    [Fact]
    public void Constructor_BadPolygon_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new MaskPlan(64, 64, [[new(5, 5), new(30, 9)]]));
        Assert.Throws<ArgumentException>(() => new MaskPlan(64, 64, [[new(5, 5), new(float.NaN, 9), new(3, 3)]]));
    }

    [Fact]
    public void Constructor_PolygonBeyondTheFrame_HidesItsPartInside()
    {
        var masks = new MaskPlan(64, 64, [[new(-1e6f, -1e6f), new(31, -1e6f), new(31, 1e6f), new(-1e6f, 1e6f)]]);

        Assert.True(masks.HidesCells(0, 0, 0, 0));
        Assert.True(masks.HidesCells(15, 31, 15, 31));
        Assert.False(masks.HidesCells(16, 0, 16, 0));
    }

    // A five-pointed star drawn in one stroke: its middle is enclosed twice and must be hidden too.
    [Fact]
    public void Constructor_SelfCrossingPolygon_HidesEverythingEnclosed()
    {
        var star = Enumerable.Range(0, 5)
            .Select(i => new Vector2(
                32 + (30 * MathF.Sin(i * 4 * MathF.PI / 5)), 32 - (30 * MathF.Cos(i * 4 * MathF.PI / 5))))
            .ToArray();

        Assert.True(new MaskPlan(64, 64, [star]).HidesCells(16, 16, 16, 16));
    }

    private static (TestPicture One, TestPicture Other, MaskPlan Masks) DifferUnderMask(PixelLayout layout, int seed)
    {
        var random = new Random(seed);
        var polygon = Enumerable.Range(0, 3 + (seed % 4))
            .Select(_ => new Vector2((random.NextSingle() * 90) - 8, (random.NextSingle() * 70) - 6)).ToArray();
        var one = new TestPicture(Width, Height, layout).FillRandom(seed);
        var other = new TestPicture(Width, Height, layout).FillRandom(seed);
        int divX = layout == PixelLayout.I444 ? 1 : 2, divY = layout is PixelLayout.I444 or PixelLayout.I422 ? 1 : 2;
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                if (AnyPointInside(polygon, x, y))
                {
                    other.SetY(x, y, (byte)~other.Y(x, y));
                    other.SetChroma(x / divX, y / divY, (byte)random.Next(256), (byte)random.Next(256));
                }
            }
        }

        return (one, other, new MaskPlan(Width, Height, [polygon]));
    }

    // Crossing-number test at 6 x 6 points of the pixel, written apart from the mask's own.
    private static bool AnyPointInside(Vector2[] polygon, int pixelX, int pixelY)
    {
        for (int k = 0; k < 36; k++)
        {
            double x = pixelX + (((k % 6) + 0.5) / 6), y = pixelY + ((k / 6 + 0.5) / 6);
            bool inside = false;
            for (int i = 0, j = polygon.Length - 1; i < polygon.Length; j = i++)
            {
                Vector2 a = polygon[i], b = polygon[j];
                if (a.Y > y != b.Y > y && x < ((b.X - a.X) * (y - a.Y) / (b.Y - a.Y)) + a.X)
                {
                    inside = !inside;
                }
            }

            if (inside)
            {
                return true;
            }
        }

        return false;
    }
}
