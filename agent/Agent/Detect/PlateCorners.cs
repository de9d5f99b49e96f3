using System.Numerics;

namespace Picket.Agent.Detect;

/// <summary>A plate's four corners as it is read, in pixels of the source picture.</summary>
internal readonly record struct PlateCorners(
    Vector2 TopLeft, Vector2 TopRight, Vector2 BottomRight, Vector2 BottomLeft)
{
    public const int Count = 4;

    /// <summary>Writes them clockwise from the top left; <paramref name="points"/> takes <see cref="Count"/>.</summary>
    public void CopyTo(Span<Vector2> points)
    {
        points[0] = TopLeft;
        points[1] = TopRight;
        points[2] = BottomRight;
        points[3] = BottomLeft;
    }
}
