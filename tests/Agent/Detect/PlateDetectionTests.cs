using System.Numerics;
using Picket.Agent.Detect;

namespace Picket.Tests.Agent.Detect;

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
}
