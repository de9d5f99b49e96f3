using System.Numerics;
using Picket.Agent.Detect;
using Picket.Agent.Imaging;
using Picket.Agent.Infer;

namespace Picket.Agent.Recognize;

/// <summary>Finds a face's 68 points in its box and makes the five of the alignment from them. One per thread; allocates nothing per face.</summary>
internal sealed class FaceLandmarks : IDisposable
{
    /// <summary>Name of the model in the catalog.</summary>
    public const string ModelId = "face-landmark";

    private const int PointCount = 68;
    private readonly InferenceRun _run;
    private readonly AffineCrop _crop;
    private readonly float _scale;

    /// <param name="model">Lent; must outlive this.</param>
    public FaceLandmarks(InferenceModel model)
    {
        var input = model.Card.Input;
        _scale = model.Card.Parameter("cropScale");
        _crop = new AffineCrop(input.Width, input.Height, input.Format);
        _run = model.CreateRun();
    }

    /// <summary>The five points of the face in <paramref name="box"/>, in pixels of the picture.</summary>
    public FacePoints Find(in YuvPlanes picture, in Detection box)
    {
        Span<Vector2> points = stackalloc Vector2[PointCount];
        // The model was made for a square around the box's center whose side is the box's height.
        var side = box.Height * _scale;
        var origin = new Vector2(box.CenterX - side / 2, box.CenterY - side / 2);
        var toSource = AffineTransform.FromRectangle(origin.X, origin.Y, side, side, _crop.Width, _crop.Height);
        _crop.Run(picture, toSource, _run.Input);
        _run.Run();
        var output = _run.Output(0);
        for (var i = 0; i < PointCount; i++)
            points[i] = origin + side * new Vector2(output[2 * i], output[2 * i + 1]);
        return ToFive(points);
    }

    /// <summary>Five points from the 68 of the iBUG order: means of the four lid points of each eye, nose tip, outer and inner lip corners.</summary>
    public static FacePoints ToFive(ReadOnlySpan<Vector2> points) => new(
        (points[37] + points[38] + points[40] + points[41]) / 4,
        (points[43] + points[44] + points[46] + points[47]) / 4,
        points[30],
        (points[48] + points[60]) / 2,
        (points[54] + points[64]) / 2);

    public void Dispose() => _run.Dispose();
}
