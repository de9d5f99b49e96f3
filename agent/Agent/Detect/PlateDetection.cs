namespace Picket.Agent.Detect;

/// <summary>One found plate: upright box with score, and corners, in pixels of the source picture and inside
/// it.</summary>
internal readonly record struct PlateDetection(Detection Box, PlateCorners Corners)
{
    /// <summary>The shared part of two plates' boxes by the smaller one's area, 0..1; 0 for an empty box.</summary>
    public static float Containment(in Detection a, in Detection b)
    {
        var w = MathF.Min(a.Right, b.Right) - MathF.Max(a.X, b.X);
        var h = MathF.Min(a.Bottom, b.Bottom) - MathF.Max(a.Y, b.Y);
        return w <= 0 || h <= 0 ? 0 : w * h / MathF.Min(a.Area, b.Area);
    }
}
