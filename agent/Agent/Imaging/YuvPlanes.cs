namespace Picket.Agent.Imaging;

/// <summary>A lent view of one picture's native YUV planes: what every kernel reads. Valid only as long as its owner (a
/// frame) lives.</summary>
/// <remarks>Rows are <c>Stride</c> bytes apart; a plane's span ends at its last row's last visible sample or later. For
/// NV12 <see cref="U"/> holds the interleaved UV rows and <see cref="V"/> is empty.</remarks>
internal readonly ref struct YuvPlanes
{
    public required ReadOnlySpan<byte> Y { get; init; }
    public required ReadOnlySpan<byte> U { get; init; }
    public ReadOnlySpan<byte> V { get; init; }
    public required int StrideY { get; init; }

    /// <summary>Bytes between chroma rows, of both U and V.</summary>
    public required int StrideC { get; init; }
    public required int Width { get; init; }
    public required int Height { get; init; }
    public required PixelLayout Layout { get; init; }

    /// <summary>BT.709 when true, else BT.601.</summary>
    public required bool Bt709 { get; init; }

    /// <summary>Luma 0..255 when true, else 16..235 (chroma 16..240).</summary>
    public required bool FullRange { get; init; }

    /// <summary>What must not be seen; every kernel blanks it in its output. Null: nothing is hidden.</summary>
    public MaskPlan? Masks { get; init; }

    /// <summary>Width of a chroma row in samples.</summary>
    public int ChromaWidth => Layout == PixelLayout.I444 ? Width : (Width + 1) / 2;
    public int ChromaHeight => Layout is PixelLayout.I444 or PixelLayout.I422 ? Height : (Height + 1) / 2;

    /// <summary>A part of the picture as a picture of its own, over the same memory but without the masks, which apply
    /// to the whole.</summary>
    /// <param name="region">Inside the picture, x and y even (<see cref="PixelRegion.AroundEven"/>).</param>
    public YuvPlanes Window(in PixelRegion region)
    {
        var isInside = region.X >= 0 && region.Y >= 0 && region.Width > 0 && region.Height > 0
            && region.X + region.Width <= Width && region.Y + region.Height <= Height;
        if (!isInside || ((region.X | region.Y) & 1) != 0)
            throw new ArgumentOutOfRangeException(nameof(region), region, "must lie inside the picture and begin on even pixels");
        var chromaX = Layout is PixelLayout.I420 or PixelLayout.I422 ? region.X / 2 : region.X;
        var chromaY = Layout is PixelLayout.I420 or PixelLayout.Nv12 ? region.Y / 2 : region.Y;
        var chroma = chromaY * StrideC + chromaX;
        return this with
        {
            Y = Y[(region.Y * StrideY + region.X)..],
            U = U[chroma..],
            V = V.IsEmpty ? V : V[chroma..],
            Width = region.Width,
            Height = region.Height,
            Masks = null,
        };
    }
}

/// <summary>How a frame's planes lie in memory, 8 bits per sample. The shifts of the chroma planes follow from
/// it.</summary>
internal enum PixelLayout
{
    /// <summary>Three planes, chroma halved in both directions (yuv420p).</summary>
    I420,

    /// <summary>Luma plane and one plane of interleaved U and V, halved in both directions (nv12).</summary>
    Nv12,

    /// <summary>Three planes, chroma halved horizontally (yuv422p: many JPEG cameras).</summary>
    I422,

    /// <summary>Three planes of the same size (yuv444p: JPEG and pictures converted from RGB).</summary>
    I444,
}

/// <summary>A rectangle of whole source pixels.</summary>
internal readonly record struct PixelRegion(int X, int Y, int Width, int Height)
{
    /// <summary>The smallest region around a rectangle that begins on even pixels (where 4:2:0 chroma begins) and lies
    /// in the frame; at least one pixel.</summary>
    public static PixelRegion AroundEven(float x, float y, float width, float height, int frameWidth, int frameHeight)
    {
        var (left, right) = Span(x, width, frameWidth);
        var (top, bottom) = Span(y, height, frameHeight);
        return new PixelRegion(left, top, right - left, bottom - top);
    }

    private static (int From, int To) Span(float start, float length, int limit)
    {
        var from = (int)Math.Clamp(MathF.Floor(start), 0, limit - 1) & ~1;
        var to = (int)Math.Clamp(MathF.Ceiling(start + length), from + 1, limit);
        return (from, to);
    }
}
