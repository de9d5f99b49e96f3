using Picket.Agent.Imaging;

namespace Picket.Tests.Agent.Imaging;

public sealed class YuvPlanesTests
{
    [Theory]
    [InlineData(0)] // I420, NV12, I422, I444
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Window_Part_HasTheSamplesOfThatPart(int layout)
    {
        var picture = new TestPicture(40, 30, (PixelLayout)layout);
        picture.Fill((x, y) => (byte)(x + 3 * y), (x, y) => ((byte)(2 * x + y), (byte)(x + 4 * y)));
        var crop = new AffineCrop(11, 7, TensorFormat.Plain(ChannelOrder.Rgb));
        byte[] whole = new byte[crop.OutputLength], part = new byte[crop.OutputLength];

        var planes = picture.Planes;
        crop.RunInterleaved(planes, AffineTransform.FromRectangle(8, 6, 11, 7, 11, 7), whole);
        var window = planes.Window(new PixelRegion(6, 4, 20, 16));
        crop.RunInterleaved(window, AffineTransform.FromRectangle(2, 2, 11, 7, 11, 7), part);

        Assert.Equal((20, 16), (window.Width, window.Height));
        Assert.Equal(whole, part);
    }

    [Theory]
    [InlineData(1, 0, 4, 4)]
    [InlineData(0, 1, 4, 4)]
    [InlineData(0, 0, 0, 4)]
    [InlineData(38, 0, 4, 4)]
    [InlineData(-2, 0, 4, 4)]
    public void Window_OddOrOutside_IsRefused(int x, int y, int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new TestPicture(40, 30, PixelLayout.I420).Planes.Window(new PixelRegion(x, y, width, height)).Width);

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
}
