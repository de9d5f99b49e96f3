using System.Numerics;
using Picket.Agent.Imaging;
using Picket.Agent.Infer;
using Picket.Agent.Track;

namespace Picket.Agent.Faces;

/// <summary>Finds a face's 68 points in its box and derives the five alignment points from them. One per thread;
/// allocates nothing per face.</summary>
internal sealed class FaceLandmarks : IDisposable
{
    /// <summary>Name of the model in the catalog.</summary>
    public const string ModelId = "face-landmark";

    private const int PointCount = 68;
    private readonly InferenceRun _run;
    private readonly AffineCrop _crop;
    private readonly float _scale;
    private readonly Vector2 _center;
    private readonly float _side;

    /// <param name="model">Lent; must outlive this.</param>
    public FaceLandmarks(InferenceModel model)
    {
        var input = model.Card.Input;
        _scale = model.Card.Parameter("cropScale");
        _center = new Vector2(model.Card.Parameter("refineCenterX"), model.Card.Parameter("refineCenterY"));
        _side = model.Card.Parameter("refineSide");
        _crop = new AffineCrop(input.Width, input.Height, input.Format);
        _run = model.CreateRun();
    }

    /// <summary>The five points of the face in <paramref name="box"/>, in pixels of the picture.</summary>
    /// <remarks>
    /// Looks twice: first in the square around the box that the model was made for (side = box height), then in the
    /// upright square given by the first five points. Boxes differ in how much forehead and chin they include; the
    /// points do not.
    /// </remarks>
    public FacePoints Find(in YuvPlanes picture, in Detection box)
    {
        var first = FindIn(picture, new Vector2(box.CenterX, box.CenterY), box.Height * _scale);
        var toPicture = FaceAlignment.Similarity(FaceAlignment.Template, first);
        var scale = MathF.Sqrt(toPicture.A * toPicture.A + toPicture.D * toPicture.D);
        return FindIn(picture, toPicture.Apply(_center.X, _center.Y), _side * scale);
    }

    /// <summary>Five points from the 68 in iBUG order: means of each eye's four lid points, nose tip, outer and inner
    /// lip corners.</summary>
    public static FacePoints ToFive(ReadOnlySpan<Vector2> points) => new(
        (points[37] + points[38] + points[40] + points[41]) / 4,
        (points[43] + points[44] + points[46] + points[47]) / 4,
        points[30],
        (points[48] + points[60]) / 2,
        (points[54] + points[64]) / 2);

    public void Dispose() => _run.Dispose();

    private FacePoints FindIn(in YuvPlanes picture, Vector2 center, float side)
    {
        Span<Vector2> points = stackalloc Vector2[PointCount];
        var origin = center - new Vector2(side / 2);
        var toSource = AffineTransform.FromRectangle(origin.X, origin.Y, side, side, _crop.Width, _crop.Height);
        _crop.Run(picture, toSource, _run.Input);
        _run.Run();
        var output = _run.Output(0);
        for (var i = 0; i < PointCount; i++)
            points[i] = origin + side * new Vector2(output[2 * i], output[2 * i + 1]);
        return ToFive(points);
    }
}

/// <summary>The five points that a face is aligned by, in pixels of the source picture. Left and right as seen in the
/// picture.</summary>
internal readonly record struct FacePoints(
    Vector2 LeftEye, Vector2 RightEye, Vector2 Nose, Vector2 MouthLeft, Vector2 MouthRight)
{
    public const int Count = 5;

    /// <summary>In the contract's order: eyes, nose, mouth corners.</summary>
    public void CopyTo(Span<Vector2> points)
    {
        points[0] = LeftEye;
        points[1] = RightEye;
        points[2] = Nose;
        points[3] = MouthLeft;
        points[4] = MouthRight;
    }
}
