using System.Numerics;

namespace Picket.Agent.Recognize;

/// <summary>The similarity (turn, scale, shift) that lays a face's five points on the places the embedder was trained with.</summary>
/// <remarks>Least squares over the five points; in two dimensions Umeyama's solution (IEEE PAMI 13(4), 1991) has the closed form below.</remarks>
internal static class FaceAlignment
{
    /// <summary>The ArcFace template for a crop of 112 x 112 pixels (insightface, <c>face_align.py</c>).</summary>
    public static readonly FacePoints Template = new(
        new Vector2(38.2946f, 51.6963f),
        new Vector2(73.5318f, 51.5014f),
        new Vector2(56.0252f, 71.7366f),
        new Vector2(41.5493f, 92.3655f),
        new Vector2(70.7299f, 92.2041f));

    /// <summary>Side of the square crop the template is made for, in pixels.</summary>
    public const int CropSide = 112;

    /// <summary>Picture to crop. A face whose points all coincide gives a matrix without an inverse.</summary>
    public static Matrix3x2 ToCrop(in FacePoints face) => Similarity(face, Template);

    /// <summary>The similarity with the least sum of squared distances between the moved <paramref name="from"/> and <paramref name="to"/>.</summary>
    public static Matrix3x2 Similarity(in FacePoints from, in FacePoints to)
    {
        Span<Vector2> p = stackalloc Vector2[FacePoints.Count], q = stackalloc Vector2[FacePoints.Count];
        from.CopyTo(p);
        to.CopyTo(q);
        Vector2 centerP = default, centerQ = default;
        for (var i = 0; i < p.Length; i++)
        {
            centerP += p[i] / p.Length;
            centerQ += q[i] / q.Length;
        }
        // With the points as complex numbers around their centers, the factor is sum(conj(p) q) / sum(|p|^2).
        float real = 0, imaginary = 0, spread = 0;
        for (var i = 0; i < p.Length; i++)
        {
            var (a, b) = (p[i] - centerP, q[i] - centerQ);
            real += Vector2.Dot(a, b);
            imaginary += a.X * b.Y - a.Y * b.X;
            spread += a.LengthSquared();
        }
        if (spread == 0) return default;
        var (cosine, sine) = (real / spread, imaginary / spread);
        var turn = new Matrix3x2(cosine, sine, -sine, cosine, 0, 0);
        turn.Translation = centerQ - Vector2.Transform(centerP, turn);
        return turn;
    }
}
