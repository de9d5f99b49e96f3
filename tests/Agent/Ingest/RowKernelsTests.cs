using Picket.Agent.Ingest;

namespace Picket.Tests.Agent.Ingest;

public sealed class RowKernelsTests
{
    [Fact]
    public void Rgb_EveryFifthColor_IsWithinOneOfTheStandard()
    {
        Span<byte> y = stackalloc byte[1], u = stackalloc byte[1], v = stackalloc byte[1];
        for (var r = 0; r <= 255; r += 5)
        {
            for (var g = 0; g <= 255; g += 5)
            {
                for (var b = 0; b <= 255; b += 5)
                {
                    RowKernels.Rgb([(byte)r, (byte)g, (byte)b], 3, 0, 1, 2, y, u, v);
                    // ITU-T T.871, section 7, in double, rounded; equal but for ties and the coefficients' 16 bits.
                    Assert.Equal(Round(0.299 * r + 0.587 * g + 0.114 * b), y[0], 1.0);
                    Assert.Equal(Round((-0.299 * r - 0.587 * g + 0.886 * b) / 1.772 + 128), u[0], 1.0);
                    Assert.Equal(Round((0.701 * r - 0.587 * g - 0.114 * b) / 1.402 + 128), v[0], 1.0);
                }
            }
        }

        static double Round(double value) => Math.Min(255, Math.Floor(value + 0.5));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(77)]
    [InlineData(255)]
    public void Rgb_Gray_KeepsItsLevelWithoutColor(byte level)
    {
        Span<byte> y = stackalloc byte[1], u = stackalloc byte[1], v = stackalloc byte[1];
        RowKernels.Rgb([level, level, level], 3, 0, 1, 2, y, u, v);
        Assert.Equal((level, (byte)128, (byte)128), (y[0], u[0], v[0]));
    }

    [Fact]
    public void Reduce_DeepSamples_DropsTheLowestBitsAndClampsStrayOnes()
    {
        Span<byte> target = stackalloc byte[4];
        RowKernels.Reduce([0x00, 0x00, 0x03, 0x00, 0xFF, 0x03, 0xFF, 0xFF], 10, bigEndian: false, 0, target);
        Assert.Equal([0, 0, 255, 255], target.ToArray()); // the last has bits that 10-bit samples do not have
        RowKernels.Reduce([0x02, 0x04, 0x01, 0xFF], 10, bigEndian: true, 1, target);
        Assert.Equal([129, 129, 127, 127], target.ToArray()); // 516 / 4, 511 / 4; each twice
    }

    [Fact]
    public void OneBit_NineBits_AreBlackAndWhiteFromTheLeft()
    {
        Span<byte> y = stackalloc byte[9];
        RowKernels.OneBit([0b1010_0001, 0b1000_0000], 0, y);
        Assert.Equal([255, 0, 255, 0, 0, 0, 0, 255, 255], y.ToArray());
        RowKernels.OneBit([0b1010_0001, 0b1000_0000], 0xFF, y);
        Assert.Equal([0, 255, 0, 255, 255, 255, 255, 0, 0], y.ToArray());
    }
}
