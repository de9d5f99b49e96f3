using System.Numerics;
using Picket.Agent.Plates;
using Picket.Agent.Track;

namespace Picket.Tests.Agent.Plates;

public sealed class PlateDetectionTests
{
    [Fact]
    public void Tightened_BoxAndCorners_MeetHalfway()
    {
        // A tilted plate: its corners lie within x 12..88, y 24..44; the box is looser on every side.
        var corners = new PlateCorners(new(12, 30), new(86, 24), new(88, 38), new(14, 44));
        var plate = new PlateDetection(new Detection(8, 20, 92, 30, 0.9f), corners);

        var tight = plate.Tightened();

        Assert.Equal(new Detection(10, 22, 84, 25, 0.9f), tight.Box);
        Assert.Equal(corners, tight.Corners);
    }

    [Fact]
    public void Tightened_CornersOnTheBox_StaysAsItIs()
    {
        var corners = new PlateCorners(Vector2.Zero, new(40, 0), new(40, 10), new(0, 10));
        var plate = new PlateDetection(new Detection(0, 0, 40, 10, 0.5f), corners);

        Assert.Equal(plate, plate.Tightened());
    }

    // A plate of 90 x 22 that moves 60 pixels down in a tenth of a second (600 pixels a second) shares nothing with where
    // it was; what moves with it does.
    [Theory]
    [InlineData(60, 0)]
    [InlineData(0, 60)]
    [InlineData(40, 45)]
    public void Front_FastPlate_OverlapsWhereItWas(float right, float down)
    {
        var before = new PlateDetection(new Detection(100, 100, 90, 22, 0.9f), default);
        var after = new PlateDetection(new Detection(100 + right, 100 + down, 90, 22, 0.9f), default);
        Assert.InRange(before.Front.IoU(after.Front), 0.3f, 1);
        Assert.Equal((100f + 45, 100f + 11, 180f, 135f), (
            before.Front.CenterX, before.Front.CenterY, before.Front.Width, before.Front.Height));
    }
}
