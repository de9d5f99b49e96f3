namespace Picket.Agent.Ingest;

/// <summary>How one of libav's pixel formats is read.</summary>
/// <param name="Name">libav's name; its numbers differ between versions.</param>
/// <param name="Depth">Bits of a sample.</param>
/// <param name="BigEndian">Of samples of more than 8 bits.</param>
/// <param name="ChromaX">Shift: chroma is 2 to this power narrower.</param>
/// <param name="ChromaY">Shift: chroma is 2 to this power lower.</param>
/// <param name="FullRange">The format itself says luma is 0..255 (the "yuvj" names).</param>
/// <param name="Step">Bytes from pixel to pixel in a packed plane.</param>
/// <param name="First">Byte of red in a pixel; of the first luma; for <see cref="PixelFamily.OneBit"/> 1 when a set bit
/// is black; for <see cref="PixelFamily.Rgb16"/> the bits of green.</param>
/// <param name="Second">Byte of green in a pixel; of U.</param>
/// <param name="Third">Byte of blue in a pixel; of V.</param>
internal readonly record struct PixelFormat(
    string Name, PixelFamily Family, int Depth = 8, bool BigEndian = false, int ChromaX = 0, int ChromaY = 0,
    bool FullRange = false, int Step = 1, int First = 0, int Second = 0, int Third = 0)
{
    public bool IsRgb => Family is PixelFamily.PackedRgb or PixelFamily.PlanarGbr or PixelFamily.Palette
        or PixelFamily.OneBit or PixelFamily.Rgb16;
}
