using Picket.Agent.Plates;
using Picket.Agent.Track;

namespace Picket.Tests.Agent.Plates;

public sealed class PlateSuppressionTests
{
    // Against 100x20 at 0,0. Hand sums: 20 px aside the two share 80x20 = 1600 of 2400, IoU 0.67; 60 aside 800 of 3200
    // = 0.25, which is not above 0.25, and 0.4 of the smaller.
    [Theory]
    [InlineData(20, 0, 100, 20, 1)]
    [InlineData(60, 0, 100, 20, 2)]
    [InlineData(59, 0, 100, 20, 1)]
    [InlineData(100, 0, 100, 20, 2)]
    [InlineData(40, 5, 20, 5, 1)] // inside: IoU 0.05, all of the smaller
    [InlineData(90, 5, 20, 5, 2)] // IoU 0.024, half of the smaller
    [InlineData(87, 5, 20, 5, 1)] // IoU 0.03, 0.65 of the smaller
    [InlineData(-100, -50, 300, 120, 1)] // around it: all of the smaller
    public void Run_TwoBoxes_AreOnePlateWhenTheyShareEnough(float x, float y, float width, float height, int kept)
    {
        PlateDetection[] plates = [Plate(x, y, width, height, 0.5f), Plate(0, 0, 100, 20, 0.9f)];
        Assert.Equal(kept, PlateSuppression.Run(plates, 0.25f, 0.6f));
        Assert.Equal(0.9f, plates[0].Box.Score);
    }

    [Fact]
    public void Run_DroppedBox_DropsNoOther()
    {
        // The second repeats the first, the third shares enough with the second alone.
        PlateDetection[] plates =
            [Plate(0, 0, 100, 20, 0.9f), Plate(50, 0, 100, 20, 0.8f), Plate(100, 0, 100, 20, 0.7f)];
        Assert.Equal(2, PlateSuppression.Run(plates, 0.25f, 0.6f));
        Assert.Equal(100, plates[1].Box.X);
    }

    [Fact]
    public void Run_None_KeepsNone() => Assert.Equal(0, PlateSuppression.Run([], 0.25f, 0.6f));

    private static PlateDetection Plate(float x, float y, float width, float height, float score) =>
        new(new Detection(x, y, width, height, score), default);
}
