namespace Picket.Agent.Track;

/// <summary>A detected object: box in pixels of the source picture (top-left corner, size; may be fractional) and score 0..1.</summary>
internal readonly record struct Detection(float X, float Y, float Width, float Height, float Score)
{
    public float Right => X + Width;
    public float Bottom => Y + Height;
    public float CenterX => X + Width / 2;
    public float CenterY => Y + Height / 2;
    public float Area => Width * Height;

    /// <summary>Intersection over union of the two boxes, 0..1; 0 for an empty box.</summary>
    public float IoU(in Detection other)
    {
        var w = MathF.Min(Right, other.Right) - MathF.Max(X, other.X);
        var h = MathF.Min(Bottom, other.Bottom) - MathF.Max(Y, other.Y);
        if (w <= 0 || h <= 0) return 0;
        var inter = w * h;
        return inter / (Area + other.Area - inter);
    }
}
