using System.Runtime.InteropServices;

namespace Picket.Agent.Ingest.Libav;

/// <summary>The supported pixel formats; transparency is ignored in all of them.</summary>
internal static class PixelFormats
{
    private static readonly PixelFormat[] ByNumber = Number(All());

    /// <summary>
    /// The format of libav's <paramref name="number"/>; its family is <see cref="PixelFamily.Unknown"/> when it is not supported.
    /// </summary>
    public static ref readonly PixelFormat Find(int number) =>
        ref ByNumber[(uint)number < (uint)ByNumber.Length ? number : ByNumber.Length - 1];

    /// <summary>libav's name of the format, for messages.</summary>
    public static string NameOf(int number) =>
        Marshal.PtrToStringUTF8(AvUtil.GetPixelFormatName(number)) ?? $"number {number}";

    private static List<PixelFormat> All()
    {
        List<PixelFormat> all =
        [
            new("nv12", PixelFamily.Nv12, ChromaX: 1, ChromaY: 1),
            new("yuyv422", PixelFamily.PackedYuv, ChromaX: 1, Step: 4, First: 0, Second: 1, Third: 3),
            new("uyvy422", PixelFamily.PackedYuv, ChromaX: 1, Step: 4, First: 1, Second: 0, Third: 2),
            new("gray", PixelFamily.Gray),
            new("ya8", PixelFamily.Gray, Step: 2),
            // Only the high byte of packed 16-bit samples is used, so they are 8-bit samples further apart.
            new("gray16be", PixelFamily.Gray, Step: 2),
            new("gray16le", PixelFamily.Gray, Step: 2, First: 1),
            new("ya16be", PixelFamily.Gray, Step: 4),
            new("ya16le", PixelFamily.Gray, Step: 4, First: 1),
            new("rgb24", PixelFamily.PackedRgb, Step: 3, First: 0, Second: 1, Third: 2),
            new("bgr24", PixelFamily.PackedRgb, Step: 3, First: 2, Second: 1, Third: 0),
            new("rgb48be", PixelFamily.PackedRgb, Step: 6, First: 0, Second: 2, Third: 4),
            new("rgb48le", PixelFamily.PackedRgb, Step: 6, First: 1, Second: 3, Third: 5),
            new("rgba64be", PixelFamily.PackedRgb, Step: 8, First: 0, Second: 2, Third: 4),
            new("rgba64le", PixelFamily.PackedRgb, Step: 8, First: 1, Second: 3, Third: 5),
            new("pal8", PixelFamily.Palette),
            new("monob", PixelFamily.OneBit),
            new("monow", PixelFamily.OneBit, First: 1),
            new("rgb555le", PixelFamily.Rgb16, First: 5),
            new("rgb565le", PixelFamily.Rgb16, First: 6),
        ];
        foreach (var fourth in "a0")
        {
            all.Add(new($"rgb{fourth}", PixelFamily.PackedRgb, Step: 4, First: 0, Second: 1, Third: 2));
            all.Add(new($"bgr{fourth}", PixelFamily.PackedRgb, Step: 4, First: 2, Second: 1, Third: 0));
            all.Add(new($"{fourth}rgb", PixelFamily.PackedRgb, Step: 4, First: 1, Second: 2, Third: 3));
            all.Add(new($"{fourth}bgr", PixelFamily.PackedRgb, Step: 4, First: 3, Second: 2, Third: 1));
        }
        var samplings = new[]
        {
            ("420", 1, 1), ("422", 1, 0), ("444", 0, 0), ("440", 0, 1), ("411", 2, 0), ("410", 2, 2),
        };
        foreach (var (name, x, y) in samplings)
        {
            all.Add(new($"yuv{name}p", PixelFamily.PlanarYuv, ChromaX: x, ChromaY: y));
            all.Add(new($"yuva{name}p", PixelFamily.PlanarYuv, ChromaX: x, ChromaY: y));
            all.Add(new($"yuvj{name}p", PixelFamily.PlanarYuv, ChromaX: x, ChromaY: y, FullRange: true));
        }
        foreach (var (suffix, big) in new[] { ("le", false), ("be", true) })
        {
            foreach (var depth in new[] { 9, 10, 12, 14, 16 })
            {
                foreach (var (name, x, y) in new[] { ("420", 1, 1), ("422", 1, 0), ("444", 0, 0) })
                {
                    all.Add(new($"yuv{name}p{depth}{suffix}", PixelFamily.PlanarYuv, depth, big, x, y));
                    all.Add(new($"yuva{name}p{depth}{suffix}", PixelFamily.PlanarYuv, depth, big, x, y));
                }
                all.Add(new($"gbrp{depth}{suffix}", PixelFamily.PlanarGbr, depth, big));
                all.Add(new($"gbrap{depth}{suffix}", PixelFamily.PlanarGbr, depth, big));
                if (depth < 16) all.Add(new($"gray{depth}{suffix}", PixelFamily.Gray, depth, big, Step: 2));
            }
        }
        all.Add(new("gbrp", PixelFamily.PlanarGbr));
        all.Add(new("gbrap", PixelFamily.PlanarGbr));
        return all;
    }

    // The last entry stays unknown, for numbers outside the table.
    private static PixelFormat[] Number(List<PixelFormat> formats)
    {
        var numbered = formats
            .Select(f => (Number: AvUtil.GetPixelFormat(f.Name), Format: f))
            .Where(f => f.Number >= 0) // some names exist only in newer versions
            .ToList();
        var table = new PixelFormat[numbered.Max(f => f.Number) + 2];
        foreach (var (number, format) in numbered) table[number] = format;
        return table;
    }
}

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

/// <summary>The kinds of pixel formats that pictures and cameras use, by how they are read.</summary>
internal enum PixelFamily : byte
{
    Unknown,

    /// <summary>Separate Y, U, V planes of 8 to 16 bits.</summary>
    PlanarYuv,

    /// <summary>Y plane and interleaved UV plane of 8 bits.</summary>
    Nv12,

    /// <summary>Y, U, Y, V in one plane (USB cameras).</summary>
    PackedYuv,

    /// <summary>One plane of luma of 9 to 16 bits a sample, or 8 bits with something beside it.</summary>
    Gray,

    /// <summary>Red, green, blue (and something) in one plane.</summary>
    PackedRgb,

    /// <summary>Separate G, B, R planes of 8 to 16 bits.</summary>
    PlanarGbr,

    /// <summary>One byte a pixel into a table of 256 colors.</summary>
    Palette,

    /// <summary>One bit a pixel.</summary>
    OneBit,

    /// <summary>16 bits a pixel, 5 or 6 a color.</summary>
    Rgb16,
}
