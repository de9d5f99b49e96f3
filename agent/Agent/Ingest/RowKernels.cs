using System.Buffers.Binary;

namespace Picket.Agent.Ingest;

/// <summary>
/// Conversions of one row of a picture to 8-bit planar YUV, for the formats that no detector reads directly; scalar,
/// since only single pictures and rare cameras need them.
/// </summary>
internal static class RowKernels
{
    /// <summary>
    /// RGB to full-range BT.601 YCbCr as in JPEG (ITU-T T.871, section 7), in 16-bit fixed point, rounded to nearest.
    /// </summary>
    /// <param name="pixels">Pixels <paramref name="step"/> bytes apart; red, green and blue at the given bytes of
    /// each.</param>
    public static void Rgb(
        ReadOnlySpan<byte> pixels, int step, int red, int green, int blue, Span<byte> y, Span<byte> u, Span<byte> v)
    {
        for (int x = 0, at = 0; x < y.Length; x++, at += step)
            Pixel(pixels[at + red], pixels[at + green], pixels[at + blue], out y[x], out u[x], out v[x]);
    }

    /// <summary>Separate planes of 8 to 16 bits to full-range YCbCr.</summary>
    public static void PlanarRgb(
        ReadOnlySpan<byte> red, ReadOnlySpan<byte> green, ReadOnlySpan<byte> blue, int depth, bool bigEndian,
        Span<byte> y, Span<byte> u, Span<byte> v)
    {
        for (var x = 0; x < y.Length; x++)
        {
            Pixel(
                Sample(red, x, depth, bigEndian), Sample(green, x, depth, bigEndian), Sample(blue, x, depth, bigEndian),
                out y[x], out u[x], out v[x]);
        }
    }

    /// <summary>
    /// Indexes into 256 colors, each blue, green, red, alpha in memory (libav's native 32 bits on little-endian
    /// machines).
    /// </summary>
    public static void Palette(
        ReadOnlySpan<byte> indexes, ReadOnlySpan<byte> colors, Span<byte> y, Span<byte> u, Span<byte> v)
    {
        for (var x = 0; x < y.Length; x++)
        {
            var color = colors.Slice(indexes[x] * 4, 4);
            Pixel(color[2], color[1], color[0], out y[x], out u[x], out v[x]);
        }
    }

    /// <summary>
    /// Little-endian pixels of 16 bits: 5 high bits of red, <paramref name="greenBits"/> of green, 5 of blue; each spread over 0..255 by
    /// repeating its top bits.
    /// </summary>
    public static void Rgb16(ReadOnlySpan<byte> pixels, int greenBits, Span<byte> y, Span<byte> u, Span<byte> v)
    {
        for (var x = 0; x < y.Length; x++)
        {
            int pixel = BinaryPrimitives.ReadUInt16LittleEndian(pixels[(2 * x)..]);
            int red = (pixel >> (5 + greenBits)) & 31, green = (pixel >> 5) & ((1 << greenBits) - 1), blue = pixel & 31;
            Pixel(
                (red << 3) | (red >> 2),
                (green << (8 - greenBits)) | (green >> (2 * greenBits - 8)),
                (blue << 3) | (blue >> 2),
                out y[x], out u[x], out v[x]);
        }
    }

    /// <summary>One bit a pixel, the leftmost in the top bit, to black and white.</summary>
    /// <param name="flip">0xFF when a set bit is black, else 0.</param>
    public static void OneBit(ReadOnlySpan<byte> bits, byte flip, Span<byte> y)
    {
        for (var x = 0; x < y.Length; x++)
            y[x] = ((bits[x / 8] ^ flip) & (0x80 >> (x % 8))) != 0 ? (byte)255 : (byte)0;
    }

    /// <summary>Every <paramref name="step"/>th byte from <paramref name="first"/> on.</summary>
    public static void Pick(ReadOnlySpan<byte> source, int first, int step, Span<byte> target)
    {
        for (int x = 0, at = first; x < target.Length; x++, at += step) target[x] = source[at];
    }

    /// <summary>
    /// Samples of <paramref name="depth"/> bits to 8 by dropping the lowest bits; each sample of
    /// <paramref name="source"/> serves 2 to the power <paramref name="widen"/> of the target.
    /// </summary>
    public static void Reduce(ReadOnlySpan<byte> source, int depth, bool bigEndian, int widen, Span<byte> target)
    {
        if (depth == 8 && widen == 0)
        {
            source[..target.Length].CopyTo(target);
            return;
        }
        for (var x = 0; x < target.Length; x++) target[x] = Sample(source, x >> widen, depth, bigEndian);
    }

    private static byte Sample(ReadOnlySpan<byte> row, int x, int depth, bool bigEndian)
    {
        if (depth == 8) return row[x];
        int sample = bigEndian
            ? BinaryPrimitives.ReadUInt16BigEndian(row[(2 * x)..])
            : BinaryPrimitives.ReadUInt16LittleEndian(row[(2 * x)..]);
        return (byte)Math.Min(sample >> (depth - 8), 255);
    }

    private static void Pixel(int red, int green, int blue, out byte y, out byte u, out byte v)
    {
        // Coefficients times 65536; each row adds up to 65536 or 0, so white and grays are exact.
        const int Half = 32768, Center = (128 << 16) + Half - 1;
        y = (byte)((19595 * red + 38470 * green + 7471 * blue + Half) >> 16);
        u = (byte)((-11059 * red - 21709 * green + 32768 * blue + Center) >> 16);
        v = (byte)((32768 * red - 27439 * green - 5329 * blue + Center) >> 16);
    }
}
