using System.Numerics;
using Picket.Agent.Faces;
using Picket.Agent.Imaging;

namespace Picket.Tests.Agent.Faces;

public sealed class FaceAlignmentTests
{
    // A turn by 30 degrees, scale 2, shift (7, -3): cos 30 * 2 = 1.7320508, sin 30 * 2 = 1.
    private static readonly AffineTransform Known = new(1.7320508f, -1, 7, 1, 1.7320508f, -3);

    [Fact]
    public void Similarity_PointsMovedByAKnownTransform_FindsIt()
    {
        var found = FaceAlignment.Similarity(FaceAlignment.Template, Move(FaceAlignment.Template, Known));
        Assert.Equal(Known.A, found.A, 1e-4);
        Assert.Equal(Known.B, found.B, 1e-4);
        Assert.Equal(Known.C, found.C, 1e-2);
        Assert.Equal(Known.D, found.D, 1e-4);
        Assert.Equal(Known.E, found.E, 1e-4);
        Assert.Equal(Known.F, found.F, 1e-2);
    }

    [Fact]
    public void TryCrop_MovedTemplate_MapsTheCropBackOntoTheFace()
    {
        var face = Move(FaceAlignment.Template, Known);
        Assert.True(FaceAlignment.TryCrop(face, out var toSource));
        var eye = toSource.Apply(FaceAlignment.Template.LeftEye.X, FaceAlignment.Template.LeftEye.Y);
        Assert.Equal(face.LeftEye.X, eye.X, 1e-2);
        Assert.Equal(face.LeftEye.Y, eye.Y, 1e-2);
    }

    // Hand sum. From (0,0) (2,0) (1,1) (0,2) (2,2) to the same with the last point at (4,4): centers (1,1) and
    // (1.4,1.4); sum of squares around the first 8; sum of dot products 12; of cross products 0; so the scale is 1.5
    // and the shift 1.4 - 1.5 = -0.1.
    [Fact]
    public void Similarity_PointsThatDoNotFit_IsTheLeastSquaresSolution()
    {
        var square = new FacePoints(new(0, 0), new(2, 0), new(1, 1), new(0, 2), new(2, 2));
        var found = FaceAlignment.Similarity(square, square with { MouthRight = new Vector2(4, 4) });
        Assert.Equal(1.5, found.A, 1e-5);
        Assert.Equal(0, found.B, 1e-5);
        Assert.Equal(-0.1, found.C, 1e-5);
        Assert.Equal(0, found.D, 1e-5);
        Assert.Equal(1.5, found.E, 1e-5);
        Assert.Equal(-0.1, found.F, 1e-5);
    }

    [Fact]
    public void TryCrop_PointsThatAreOne_Refuses()
    {
        var one = new Vector2(5, 5);
        Assert.False(FaceAlignment.TryCrop(new FacePoints(one, one, one, one, one), out _));
    }

    [Fact]
    public void TryCrop_PointsThatAreNoNumbers_Refuses()
    {
        var one = new Vector2(float.NaN, 5);
        Assert.False(FaceAlignment.TryCrop(new FacePoints(one, one, one, one, one), out _));
    }

    private static FacePoints Move(in FacePoints p, AffineTransform by)
    {
        Vector2 To(Vector2 v) => by.Apply(v.X, v.Y);
        return new FacePoints(To(p.LeftEye), To(p.RightEye), To(p.Nose), To(p.MouthLeft), To(p.MouthRight));
    }
}
