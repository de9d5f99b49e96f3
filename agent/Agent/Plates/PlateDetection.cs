using System.Numerics;
using Picket.Agent.Track;

namespace Picket.Agent.Plates;

/// <summary>A found plate: upright box with score, and corners, in pixels of the source picture and inside
/// it.</summary>
internal readonly record struct PlateDetection(Detection Box, PlateCorners Corners)
{
    /// <summary>What moves with the plate: the middle of a vehicle's front, two plates wide and one and a half high (a
    /// car is 1.8 m wide, its plate 0.52 m). A plate itself is so low that, moving down the picture, it would not
    /// overlap its own place of a tenth of a second before and could never be followed.</summary>
    public Detection Front => new(
        Box.CenterX - Box.Width, Box.CenterY - 0.75f * Box.Width, 2 * Box.Width, 1.5f * Box.Width, Box.Score);

    /// <summary>The box halfway between itself and the upright box around the corners.</summary>
    /// <remarks>The network learns boxes from pictures marked by hand, mostly loosely, and corners from drawn plates,
    /// exactly: a box between them is nearer to the plate than either.</remarks>
    public PlateDetection Tightened()
    {
        var low = Vector2.Min(
            Vector2.Min(Corners.TopLeft, Corners.TopRight), Vector2.Min(Corners.BottomLeft, Corners.BottomRight));
        var high = Vector2.Max(
            Vector2.Max(Corners.TopLeft, Corners.TopRight), Vector2.Max(Corners.BottomLeft, Corners.BottomRight));
        var from = (new Vector2(Box.X, Box.Y) + low) / 2;
        var size = (new Vector2(Box.Right, Box.Bottom) + high) / 2 - from;
        return this with { Box = new Detection(from.X, from.Y, size.X, size.Y, Box.Score) };
    }

    /// <summary>The overlap of two plates' boxes over the smaller one's area, 0..1; 0 for an empty box.</summary>
    public static float Containment(in Detection a, in Detection b)
    {
        var w = MathF.Min(a.Right, b.Right) - MathF.Max(a.X, b.X);
        var h = MathF.Min(a.Bottom, b.Bottom) - MathF.Max(a.Y, b.Y);
        return w <= 0 || h <= 0 ? 0 : w * h / MathF.Min(a.Area, b.Area);
    }
}

/// <summary>A plate's four corners, named as one reads it, in pixels of the source picture.</summary>
internal readonly record struct PlateCorners(
    Vector2 TopLeft, Vector2 TopRight, Vector2 BottomRight, Vector2 BottomLeft)
{
    public const int Count = 4;

    /// <summary>Writes them clockwise from the top left; <paramref name="points"/> holds <see cref="Count"/>.</summary>
    public void CopyTo(Span<Vector2> points)
    {
        points[0] = TopLeft;
        points[1] = TopRight;
        points[2] = BottomRight;
        points[3] = BottomLeft;
    }
}
