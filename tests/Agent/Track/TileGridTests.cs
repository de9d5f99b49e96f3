using Picket.Agent.Faces;
using Picket.Agent.Imaging;
using Picket.Agent.Track;

namespace Picket.Tests.Agent.Track;

public sealed class TileGridTests
{
    // Hand sum: two tiles of t with a fifth shared cover 1.8 t = 720, so t = 400; three cover 2.6 t.
    [Fact]
    public void TileLength_TwoTiles_ShareAFifth() => Assert.Equal(400, TileGrid.TileLength(720, 2));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 5)]
    [InlineData(3, 14)]
    public void CountUpTo_Grid_IsTheSumOfSquares(int grid, int views) =>
        Assert.Equal(views, new TileGrid(3).CountUpTo(grid));

    [Theory]
    [InlineData(1280, 720)]
    [InlineData(7, 5)]
    [InlineData(1, 1)]
    public void Region_AllViews_LieInsideAndReachTheEdges(int width, int height)
    {
        var tiles = new TileGrid(3);
        var regions = Enumerable.Range(0, tiles.CountUpTo(3)).Select(i => tiles.Region(i, width, height)).ToArray();
        Assert.Equal(new PixelRegion(0, 0, width, height), regions[0]);
        Assert.All(regions, r => Assert.True(r.X >= 0 && r.Width > 0 && r.X + r.Width <= width));
        Assert.All(regions, r => Assert.True(r.Y >= 0 && r.Height > 0 && r.Y + r.Height <= height));
        Assert.Equal(width, regions[4].X + regions[4].Width);
        Assert.Equal(height, regions[13].Y + regions[13].Height);
    }

    [Theory]
    [InlineData(720, 0, 1)]
    [InlineData(720, 60, 1)]
    [InlineData(720, 40, 2)]
    [InlineData(720, 20, 3)]
    public void GridFor_SmallestFace_IsATwelfthOfTheTile(int height, int face, int grid) =>
        Assert.Equal(grid, FaceDetector.GridFor(height, face));
}
