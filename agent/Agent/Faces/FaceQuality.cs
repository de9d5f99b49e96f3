using System.Numerics;
using Picket.Agent.Imaging;

namespace Picket.Agent.Faces;

/// <summary>How much a look at a face is worth, 0..1: chooses the best shot and weights the fusion.</summary>
/// <remarks>The product of four factors 0..1, each monotone in its measure: detector score, size, sharpness,
/// pose.</remarks>
internal sealed class FaceQuality
{
    /// <summary>The template's distance between the eyes: a face with at least this is not enlarged for the
    /// embedder.</summary>
    private const float FullEyeDistance = 35.24f;

    /// <summary>Variance of the Laplacian of an aligned crop at which sharpness counts half; LFW's median is ten times
    /// this.</summary>
    private const float HalfSharpness = 40;

    /// <summary>Where a frontal nose tip lies in the template, between the eye line (0) and the mouth line
    /// (1).</summary>
    private const float FrontalNose = 0.494f;

    private readonly AffineCrop _crop = new(
        FaceAlignment.CropSide, FaceAlignment.CropSide, TensorFormat.Plain(ChannelOrder.Gray));
    private readonly byte[] _gray = new byte[FaceAlignment.CropSide * FaceAlignment.CropSide];

    /// <summary>Measures the face's sharpness on its aligned crop and rates it. Allocates nothing.</summary>
    /// <param name="toSource">From the aligned crop to the picture.</param>
    /// <param name="score">The detector's.</param>
    public float Measure(in YuvPlanes picture, in AffineTransform toSource, in FacePoints points, float score)
    {
        _crop.Run(picture, toSource, _gray);
        return Rate(points, score, (float)Sharpness.Laplacian(_gray, _crop.Width, _crop.Height));
    }

    /// <summary>The rating of a face with these measures.</summary>
    /// <param name="sharpness">Variance of the Laplacian of its aligned gray crop.</param>
    public static float Rate(in FacePoints points, float score, float sharpness) =>
        Math.Clamp(score, 0, 1) * Size(points) * (sharpness / (sharpness + HalfSharpness)) * Pose(points);

    /// <summary>1 from the eye distance at which the embedder sees every pixel, falling linearly below.</summary>
    public static float Size(in FacePoints points) =>
        MathF.Min(1, (points.RightEye - points.LeftEye).Length() / FullEyeDistance);

    /// <summary>1 for a frontal face, falling to 0.1 as the nose tip leaves its place between eyes and mouth by turning
    /// (half the eye distance) or nodding.</summary>
    public static float Pose(in FacePoints points)
    {
        const float least = 0.1f;
        var eyes = points.RightEye - points.LeftEye;
        var distance = eyes.Length();
        if (!(distance > 0)) return least;
        var across = eyes / distance;
        var down = new Vector2(-across.Y, across.X);
        var middle = (points.LeftEye + points.RightEye) / 2;
        var mouth = Vector2.Dot((points.MouthLeft + points.MouthRight) / 2 - middle, down);
        if (!(mouth > 0)) return least;
        var turn = MathF.Abs(Vector2.Dot(points.Nose - middle, across)) / distance;
        var nod = MathF.Abs(Vector2.Dot(points.Nose - middle, down) / mouth - FrontalNose);
        return MathF.Max(least, (1 - MathF.Min(1, 2 * turn)) * (1 - MathF.Min(1, 2 * nod)));
    }
}
