using Picket.Agent.Imaging;

namespace Picket.Agent.Ingest;

/// <summary>
/// Where a picture's planes are: <see cref="YuvPlanes"/> before it is lent. Valid as long as the memory's owner says.
/// </summary>
internal unsafe struct PlanePointers
{
    public byte* Y;
    public byte* U;
    public byte* V;
    public int StrideY;
    public int StrideC;
    public int Width;
    public int Height;
    public PixelLayout Layout;

    public readonly int ChromaWidth => Layout == PixelLayout.I444 ? Width : (Width + 1) / 2;
    public readonly int ChromaHeight => Layout is PixelLayout.I444 or PixelLayout.I422 ? Height : (Height + 1) / 2;

    public readonly Span<byte> RowY(int row) => new(Y + (nint)row * StrideY, Width);
    public readonly Span<byte> RowU(int row) => new(U + (nint)row * StrideC, ChromaWidth);
    public readonly Span<byte> RowV(int row) => new(V + (nint)row * StrideC, ChromaWidth);

    public readonly YuvPlanes Lend(bool bt709, bool fullRange, MaskPlan? masks)
    {
        var chromaBytes = Layout == PixelLayout.Nv12 ? 2 * ChromaWidth : ChromaWidth;
        return new()
        {
            Y = new(Y, StrideY * (Height - 1) + Width),
            U = new(U, StrideC * (ChromaHeight - 1) + chromaBytes),
            V = Layout == PixelLayout.Nv12 ? default : new(V, StrideC * (ChromaHeight - 1) + chromaBytes),
            StrideY = StrideY,
            StrideC = StrideC,
            Width = Width,
            Height = Height,
            Layout = Layout,
            Bt709 = bt709,
            FullRange = fullRange,
            Masks = masks,
        };
    }
}
