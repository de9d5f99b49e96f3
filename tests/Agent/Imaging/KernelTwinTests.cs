using Picket.Agent.Imaging;

namespace Picket.Tests.Agent.Imaging;

/// <summary>The vector twins against the scalar one, on seeded random pictures of awkward sizes: bytes and floats
/// equal bit for bit.</summary>
public class KernelTwinTests
{
    public static TheoryData<int> VectorSets()
    {
        var sets = new TheoryData<int>();
        foreach (var isa in new[] { KernelIsa.Avx2, KernelIsa.Avx512 }.Where(KernelSupport.IsSupported))
        {
            sets.Add((int)isa);
        }

        // Without vector instructions the scalar kernel is compared with itself: xunit wants at least one row.
        if (sets.Count == 0)
        {
            sets.Add((int)KernelIsa.Scalar);
        }

        return sets;
    }

    [Theory]
    [MemberData(nameof(VectorSets))]
    public void Letterbox_RandomGeometry_EqualsScalar(int isa)
    {
        var random = new Random(20);
        for (int round = 0; round < 300; round++)
        {
            var picture = RandomPicture(random, round);
            // Targets from tiny to enlarged; every tenth has a strong shrink, beyond all permutes.
            int targetWidth = round % 10 == 0 ? 16 + random.Next(4) : 1 + random.Next(120);
            int targetHeight = 1 + random.Next(60);
            var filter = (ResizeFilter)random.Next(3);
            var region = RandomRegion(random, picture);
            var plan = new LetterboxPlan(
                picture.Width, picture.Height, picture.Layout, targetWidth, targetHeight, (FitMode)random.Next(2),
                filter, region);
            var format = new TensorFormat(
                (ChannelOrder)random.Next(3), new(0.017f, -1.5f, 0.0039f), new(-2.1f, 0.5f, 0), Pad: 7);

            AssertEqual(plan, format, picture, (KernelIsa)isa);
        }
    }

    [Theory]
    [MemberData(nameof(VectorSets))]
    public void AffineCrop_RandomMaps_EqualsScalar(int isa)
    {
        var random = new Random(21);
        for (int round = 0; round < 200; round++)
        {
            var picture = RandomPicture(random, round);
            float shrink = MathF.Pow(2, (random.NextSingle() * 6) - 2), angle = random.NextSingle() * 6.3f;
            float a = shrink * MathF.Cos(angle), b = shrink * MathF.Sin(angle);
            var map = new AffineTransform(
                a, -b, picture.Width * random.NextSingle(), b, a, picture.Height * random.NextSingle());
            var format = TensorFormat.Uniform((ChannelOrder)random.Next(3), 1 / 127.5f, -1);
            var border = (BorderMode)random.Next(2);
            var vector = new AffineCrop(1 + (round % 37), 9, format, border, (KernelIsa)isa);
            var scalar = new AffineCrop(1 + (round % 37), 9, format, border, KernelIsa.Scalar);
            float[] expected = new float[scalar.OutputLength], floats = new float[scalar.OutputLength];
            byte[] expectedBytes = new byte[scalar.OutputLength], bytes = new byte[scalar.OutputLength];

            scalar.Run(picture.Planes, map, expected);
            vector.Run(picture.Planes, map, floats);
            scalar.Run(picture.Planes, map, expectedBytes);
            vector.Run(picture.Planes, map, bytes);

            string what = $"round {round}: {picture.Layout} {picture.Width}x{picture.Height} {map}";
            Assert.True(expectedBytes.AsSpan().SequenceEqual(bytes), what);
            Assert.True(Bits(expected).SequenceEqual(Bits(floats)), what);
        }
    }

    // The sizes in use: both face detector geometries, a full-HD letterbox and an upscale, in every layout.
    [Theory]
    [MemberData(nameof(VectorSets))]
    public void Letterbox_SizesInUse_EqualsScalar(int isa)
    {
        foreach (var layout in Enum.GetValues<PixelLayout>())
        {
            var picture = new TestPicture(1920, 1080, layout) { Bt709 = true }.FillRandom((int)layout);
            foreach (var (width, height, fit, filter) in new[]
            {
                (640, 640, FitMode.Letterbox, ResizeFilter.Bilinear),
                (640, 384, FitMode.Letterbox, ResizeFilter.Auto),
                (320, 240, FitMode.Stretch, ResizeFilter.Auto),
                (100, 57, FitMode.Stretch, ResizeFilter.Area),
            })
            {
                var plan = new LetterboxPlan(1920, 1080, layout, width, height, fit, filter);
                AssertEqual(
                    plan, TensorFormat.Uniform(ChannelOrder.Rgb, 1 / 128f, -127 / 128f), picture, (KernelIsa)isa);
            }
        }
    }

    // Decoders' planes are native memory: reading one byte beyond the last sample may end the process, and here it
    // does.
    [Theory]
    [MemberData(nameof(VectorSets))]
    public void Run_PlanesBeforeUnmappedMemory_ReadNothingBeyond(int isa)
    {
        var random = new Random(22);
        for (int round = 0; round < 60; round++)
        {
            var picture = RandomPicture(random, round);
            using GuardedCopy y = new(picture.Planes.Y), u = new(picture.Planes.U), v = new(picture.Planes.V);
            var planes = picture.PlanesOver(y.Span, u.Span, v.Span);
            var plan = new LetterboxPlan(
                picture.Width, picture.Height, picture.Layout, 1 + random.Next(90), 1 + random.Next(50),
                FitMode.Stretch);
            var letterbox = new Letterbox(plan, TensorFormat.Plain(ChannelOrder.Rgb), (KernelIsa)isa);
            var crop = new AffineCrop(31, 20, TensorFormat.Plain(ChannelOrder.Rgb), isa: (KernelIsa)isa);
            float[] fromGuarded = new float[letterbox.OutputLength], expected = new float[letterbox.OutputLength];

            letterbox.Run(planes, fromGuarded);
            letterbox.Run(picture.Planes, expected);
            crop.Run(
                planes,
                AffineTransform.FromRectangle(-5, -5, picture.Width + 10, picture.Height + 10, 31, 20),
                new byte[crop.OutputLength]);

            Assert.True(expected.AsSpan().SequenceEqual(fromGuarded));
        }
    }

    [Fact]
    public void Constructor_UnsupportedSet_IsRefused()
    {
        foreach (var isa in Enum.GetValues<KernelIsa>().Where(isa => !KernelSupport.IsSupported(isa)))
        {
            Assert.Throws<PlatformNotSupportedException>(
                () => new AffineCrop(8, 8, TensorFormat.Plain(ChannelOrder.Rgb), isa: isa));
        }

        Assert.True(KernelSupport.IsSupported(KernelSupport.Best));
    }

    private static void AssertEqual(LetterboxPlan plan, TensorFormat format, TestPicture picture, KernelIsa isa)
    {
        var scalar = new Letterbox(plan, format, KernelIsa.Scalar);
        var vector = new Letterbox(plan, format, isa);
        float[] expected = new float[scalar.OutputLength], floats = new float[scalar.OutputLength];

        scalar.Run(picture.Planes, expected);
        vector.Run(picture.Planes, floats);

        string what = $"{isa}: {picture.Layout} {picture.Width}x{picture.Height} {plan.Region} {plan.Filter}"
            + $" to {plan.TargetWidth}x{plan.TargetHeight} {format.Order}";
        Assert.True(Bits(expected).SequenceEqual(Bits(floats)), what);
    }

    private static ReadOnlySpan<int> Bits(float[] values) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<float, int>(values);

    private static TestPicture RandomPicture(Random random, int round) =>
        new TestPicture(
            1 + random.Next(round % 3 == 0 ? 20 : 260), 1 + random.Next(90), (PixelLayout)random.Next(4),
            random.Next(3) * 7)
        {
            Bt709 = random.Next(2) == 0,
            FullRange = random.Next(2) == 0,
        }.FillRandom(random.Next());

    private static PixelRegion RandomRegion(Random random, TestPicture picture)
    {
        int width = 1 + random.Next(picture.Width), height = 1 + random.Next(picture.Height);
        return new PixelRegion(
            random.Next(picture.Width - width + 1), random.Next(picture.Height - height + 1), width, height);
    }
}
