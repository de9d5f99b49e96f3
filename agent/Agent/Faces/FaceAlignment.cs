using System.Numerics;
using Picket.Agent.Imaging;

namespace Picket.Agent.Faces;

/// <summary>The similarity (rotation, scale, shift) that maps a face's five points onto the positions the embedder was
/// trained with.</summary>
/// <remarks>Least squares over the five points; in two dimensions Umeyama's solution (IEEE PAMI 13(4), 1991) has the
/// closed form below.</remarks>
internal static class FaceAlignment
{
    /// <summary>The ArcFace template for a 112 x 112 pixel crop (insightface, <c>face_align.py</c>), shifted by half a
    /// pixel because integers are pixel centers there.</summary>
    public static readonly FacePoints Template = new(
        new Vector2(38.2946f, 51.6963f) + new Vector2(0.5f),
        new Vector2(73.5318f, 51.5014f) + new Vector2(0.5f),
        new Vector2(56.0252f, 71.7366f) + new Vector2(0.5f),
        new Vector2(41.5493f, 92.3655f) + new Vector2(0.5f),
        new Vector2(70.7299f, 92.2041f) + new Vector2(0.5f));

    /// <summary>Side of the square crop that the template is for, in pixels.</summary>
    public const int CropSide = 112;

    /// <summary>The map from the crop to the picture, as crops take it; false when the five points coincide.</summary>
    public static bool TryCrop(in FacePoints face, out AffineTransform toSource)
    {
        var toCrop = Similarity(face, Template);
        toSource = default;
        if (!(toCrop.A * toCrop.E - toCrop.B * toCrop.D > 1e-10f)) return false;
        toSource = toCrop.Invert();
        return true;
    }

    /// <summary>The similarity with the least sum of squared distances between the moved <paramref name="from"/> and
    /// <paramref name="to"/>; all 0 when the points of <paramref name="from"/> coincide.</summary>
    public static AffineTransform Similarity(in FacePoints from, in FacePoints to)
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
        return new AffineTransform(
            cosine, -sine, centerQ.X - cosine * centerP.X + sine * centerP.Y,
            sine, cosine, centerQ.Y - sine * centerP.X - cosine * centerP.Y);
    }
}
