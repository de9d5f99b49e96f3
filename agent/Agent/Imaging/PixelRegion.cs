namespace Picket.Agent.Imaging;

/// <summary>A rectangle of whole source pixels.</summary>
internal readonly record struct PixelRegion(int X, int Y, int Width, int Height)
{
    /// <summary>The smallest region around a rectangle that begins on even pixels (where 4:2:0 chroma begins) and
    /// lies in the frame; at least one pixel.</summary>
    public static PixelRegion AroundEven(float x, float y, float width, float height, int frameWidth, int frameHeight)
    {
        var (left, right) = Span(x, width, frameWidth);
        var (top, bottom) = Span(y, height, frameHeight);
        return new PixelRegion(left, top, right - left, bottom - top);
    }

    private static (int From, int To) Span(float start, float length, int limit)
    {
        int from = (int)Math.Clamp(MathF.Floor(start), 0, limit - 1) & ~1;
        int to = (int)Math.Clamp(MathF.Ceiling(start + length), from + 1, limit);
        return (from, to);
    }
}
