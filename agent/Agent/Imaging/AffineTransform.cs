using System.Numerics;

namespace Picket.Agent.Imaging;

/// <summary>Maps a point: <c>x' = A*x + B*y + C</c>, <c>y' = D*x + E*y + F</c>. Crops take the transform from output
/// to source.</summary>
/// <remarks>
/// Coordinates are continuous: pixel i covers i..i+1, its center is i + 0.5.
/// </remarks>
internal readonly record struct AffineTransform(float A, float B, float C, float D, float E, float F)
{
    public static AffineTransform Identity => new(1, 0, 0, 0, 1, 0);

    /// <summary>From an output of the given size to a rectangle of the source.</summary>
    public static AffineTransform FromRectangle(
        float x, float y, float width, float height, int outputWidth, int outputHeight) =>
        new(width / outputWidth, 0, x, 0, height / outputHeight, y);

    public Vector2 Apply(float x, float y) => new((A * x) + (B * y) + C, (D * x) + (E * y) + F);

    /// <summary>The transform that first applies <paramref name="inner"/>, then this one.</summary>
    public AffineTransform Multiply(AffineTransform inner) => new(
        (A * inner.A) + (B * inner.D),
        (A * inner.B) + (B * inner.E),
        (A * inner.C) + (B * inner.F) + C,
        (D * inner.A) + (E * inner.D),
        (D * inner.B) + (E * inner.E),
        (D * inner.C) + (E * inner.F) + F);

    /// <summary>The inverse transform.</summary>
    /// <exception cref="ArgumentException">The transform flattens the plane (determinant 0 or NaN).</exception>
    public AffineTransform Invert()
    {
        var determinant = ((double)A * E) - ((double)B * D);
        if (!(Math.Abs(determinant) > 1e-12)) throw new ArgumentException($"{this} has no inverse");
        double a = E / determinant, b = -B / determinant, d = -D / determinant, e = A / determinant;
        return new AffineTransform(
            (float)a, (float)b, (float)-((a * C) + (b * F)), (float)d, (float)e, (float)-((d * C) + (e * F)));
    }

    /// <summary>Source pixels per output pixel along the axis that shrinks more.</summary>
    public float Shrink() => MathF.Max(MathF.Sqrt((A * A) + (D * D)), MathF.Sqrt((B * B) + (E * E)));
}
