using Picket.Agent.Faces;
using Picket.Agent.Track;

namespace Picket.Tests.Agent.Faces;

public sealed class LivenessTests
{
    [Fact]
    public void Region_FaceInTheMiddle_IsTheScaledSquareAroundIt() =>
        Assert.Equal(
            new Detection(365, 265, 270, 270, 1),
            Liveness.Region(new Detection(465, 350, 70, 100, 1), 1000, 800, 2.7f));

    [Fact]
    public void Region_FaceAtTheCorner_IsMovedInside() =>
        Assert.Equal(
            new Detection(0, 0, 270, 270, 1), Liveness.Region(new Detection(0, 0, 70, 100, 1), 1000, 800, 2.7f));

    [Fact]
    public void Region_LargeFace_FitsInThePicture() =>
        Assert.Equal(
            new Detection(0.5f, 0.5f, 199, 199, 1),
            Liveness.Region(new Detection(30, 20, 140, 160, 1), 200, 200, 2.7f));
}
