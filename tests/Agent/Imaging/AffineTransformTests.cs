using System.Numerics;
using Picket.Agent.Imaging;

namespace Picket.Tests.Agent.Imaging;

public class AffineTransformTests
{
    [Fact]
    public void Multiply_TwoMaps_AppliesTheInnerFirst()
    {
        var twice = new AffineTransform(2, 0, 0, 0, 2, 0);
        var shift = new AffineTransform(1, 0, 3, 0, 1, 5);

        Assert.Equal(new Vector2(8, 12), twice.Multiply(shift).Apply(1, 1));
        Assert.Equal(new Vector2(5, 7), shift.Multiply(twice).Apply(1, 1));
    }

    [Fact]
    public void Invert_TurnAndShift_LeadsBack()
    {
        var map = new AffineTransform(0.8f, -0.6f, 10, 0.6f, 0.8f, -4);

        var back = map.Multiply(map.Invert());

        Assert.Equal(1, back.A, 1e-5f);
        Assert.Equal(0, back.B, 1e-5f);
        Assert.Equal(0, back.C, 1e-4f);
        Assert.Equal(1, back.E, 1e-5f);
        Assert.Equal(0, back.F, 1e-4f);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(float.NaN)]
    public void Invert_FlatMap_IsRefused(float value) =>
        Assert.Throws<ArgumentException>(() => new AffineTransform(value, 0, 1, 0, value, 1).Invert());
}
