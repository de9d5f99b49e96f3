using Picket.Agent.Imaging;

namespace Picket.Tests.Agent.Imaging;

public class SharpnessTests
{
    // By hand: inner pixels 2x2 of a 4x4 picture with a single 10 at (1,1): Laplacians 40, -10, -10, 0; mean 5;
    // squares 1800 / 4 - 25.
    [Fact]
    public void Laplacian_SingleDot_IsTheHandSum()
    {
        byte[] gray = new byte[16];
        gray[5] = 10;

        Assert.Equal(425, Sharpness.Laplacian(gray, 4, 4));
    }

    [Fact]
    public void Laplacian_FlatOrRamp_IsZero()
    {
        byte[] ramp = new byte[64];
        for (int i = 0; i < 64; i++)
        {
            ramp[i] = (byte)((i % 8 * 3) + (i / 8 * 5));
        }

        Assert.Equal(0, Sharpness.Laplacian(ramp, 8, 8));
        Assert.Equal(0, Sharpness.Laplacian(new byte[64], 8, 8));
    }

    // Checkerboard of 0 and 255: every inner Laplacian is +1020 or -1020, half each: the largest value there is.
    [Fact]
    public void Laplacian_LargeCheckerboard_DoesNotOverflow()
    {
        byte[] gray = new byte[1000 * 1000];
        for (int i = 0; i < gray.Length; i++)
        {
            gray[i] = (byte)(((i % 1000) + (i / 1000)) % 2 * 255);
        }

        Assert.Equal(1020.0 * 1020, Sharpness.Laplacian(gray, 1000, 1000), 1e-6);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 9)]
    [InlineData(9, 1)]
    public void Laplacian_NoInnerPixels_IsZero(int width, int height) =>
        Assert.Equal(0, Sharpness.Laplacian(new byte[width * height], width, height));

    [Fact]
    public void Laplacian_ShortSpan_IsRefused() =>
        Assert.Throws<ArgumentException>(() => Sharpness.Laplacian(new byte[8], 3, 3));
}
