using System.Numerics;
using Picket.Agent.Faces;

namespace Picket.Tests.Agent.Faces;

public sealed class FaceQualityTests
{
    private static readonly FacePoints Frontal = FaceAlignment.Template;

    [Fact]
    public void Rate_FrontalSharpLargeFace_IsNearlyOne() => Assert.InRange(FaceQuality.Rate(Frontal, 1, 4000), 0.9f, 1);

    [Fact]
    public void Rate_EachMeasureWorse_IsLower()
    {
        var best = FaceQuality.Rate(Frontal, 0.9f, 300);
        Assert.True(FaceQuality.Rate(Frontal, 0.8f, 300) < best, "score");
        Assert.True(FaceQuality.Rate(Frontal, 0.9f, 200) < best, "sharpness");
        Assert.True(FaceQuality.Rate(Scaled(0.8f), 0.9f, 300) < best, "size");
        Assert.True(
            FaceQuality.Rate(Frontal with { Nose = Frontal.Nose + new Vector2(8, 0) }, 0.9f, 300) < best, "turned");
        Assert.True(
            FaceQuality.Rate(Frontal with { Nose = Frontal.Nose + new Vector2(0, 8) }, 0.9f, 300) < best, "nodding");
    }

    [Fact]
    public void Size_HalfTheTemplate_IsHalf() => Assert.Equal(0.5f, FaceQuality.Size(Scaled(0.5f)), 1e-3f);

    [Fact]
    public void Size_LargerThanTheTemplate_IsOne() => Assert.Equal(1, FaceQuality.Size(Scaled(3)));

    // A face upside down, or all points in one place, is still a number above 0: fusion weights need no special case.
    [Fact]
    public void Pose_ImpossibleFaces_AreTheLeast()
    {
        var one = new Vector2(5, 5);
        Assert.Equal(0.1f, FaceQuality.Pose(new FacePoints(one, one, one, one, one)));
        Assert.Equal(0.1f, FaceQuality.Pose(Frontal with { MouthLeft = new(41, 10), MouthRight = new(70, 10) }));
    }

    private static FacePoints Scaled(float by) =>
        new(
            Frontal.LeftEye * by, Frontal.RightEye * by, Frontal.Nose * by, Frontal.MouthLeft * by,
            Frontal.MouthRight * by);
}
