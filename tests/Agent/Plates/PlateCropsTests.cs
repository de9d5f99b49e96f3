using System.Numerics;
using Picket.Agent.Imaging;
using Picket.Agent.Plates;
using Picket.Agent.Track;

namespace Picket.Tests.Agent.Plates;

public sealed class PlateCropsTests
{
    [Fact]
    public void FromBox_UnitSquare_IsTheBox()
    {
        var map = PlateCrops.FromBox(new Detection(10, 20, 100, 40, 1));
        Assert.Equal(new Vector2(10, 20), map.Apply(0, 0));
        Assert.Equal(new Vector2(110, 60), map.Apply(1, 1));
    }

    // A plate that was turned and sheared by an affine map: its corners give that map back.
    [Fact]
    public void FromCorners_AffineImageOfASquare_IsThatMap()
    {
        var map = new AffineTransform(90, -12, 30, 15, 40, 50);
        var found = PlateCrops.FromCorners(
            new PlateCorners(map.Apply(0, 0), map.Apply(1, 0), map.Apply(1, 1), map.Apply(0, 1)));
        foreach (var (x, y) in ((float, float)[])[(0, 0), (1, 0), (1, 1), (0.3f, 0.7f)])
            Assert.True((map.Apply(x, y) - found.Apply(x, y)).Length() < 1e-3f);
    }

    // numpy.linalg.lstsq of [[0,0,1],[1,0,1],[1,1,1],[0,1,1]] against the corners (0,0) (100,10) (104,60) (-2,40):
    // rows x: 103, 1, -1.5; y: 15, 45, -2.5.
    [Fact]
    public void FromCorners_AnyFourCorners_IsTheLeastSquaresMap()
    {
        var found = PlateCrops.FromCorners(
            new PlateCorners(new(0, 0), new(100, 10), new(104, 60), new(-2, 40)));
        Assert.Equal(103, found.A, 1e-3f);
        Assert.Equal(1, found.B, 1e-3f);
        Assert.Equal(-1.5f, found.C, 1e-3f);
        Assert.Equal(15, found.D, 1e-3f);
        Assert.Equal(45, found.E, 1e-3f);
        Assert.Equal(-2.5f, found.F, 1e-3f);
    }
}
