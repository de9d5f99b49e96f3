using System.Buffers.Binary;

namespace Picket.Agent.Ingest;

/// <summary>
/// A picture file's note on how to turn it (EXIF and TIFF tag 274), for the kinds whose note libavcodec does not report: PNG, WebP and
/// TIFF. JPEG's comes with the decoded frame.
/// </summary>
internal static class PictureNote
{
    private const ushort OrientationTag = 274;
    private const ushort Short = 3;

    /// <summary>Reads the note.</summary>
    /// <param name="decoder">As <see cref="Libav.PictureDecoder.NameFor"/> names it.</param>
    /// <param name="file">The whole file; hostile, like any.</param>
    /// <returns>Upright when there is none, or it can't be read.</returns>
    public static Orientation Read(string decoder, ReadOnlySpan<byte> file) => decoder switch
    {
        "png" => FromTiff(PngChunk(file)),
        "webp" => FromTiff(WebpChunk(file)),
        "tiff" => FromTiff(file),
        _ => Orientation.Upright,
    };

    /// <summary>The eight values of the tag (EXIF 2.3, 4.6.4): first transposed, then mirrored.</summary>
    private static Orientation FromTag(int value) => value switch
    {
        2 => new(false, true, false),
        3 => new(false, true, true),
        4 => new(false, false, true),
        5 => new(true, false, false),
        6 => new(true, true, false),
        7 => new(true, true, true),
        8 => new(true, false, true),
        _ => Orientation.Upright,
    };

    /// <summary>The tag in the first directory of a TIFF structure (TIFF 6.0, section 2).</summary>
    private static Orientation FromTiff(ReadOnlySpan<byte> tiff)
    {
        if (tiff.StartsWith("Exif\0\0"u8)) tiff = tiff[6..];
        var big = tiff.StartsWith("MM\0*"u8);
        if (tiff.Length < 8 || !(big || tiff.StartsWith("II*\0"u8))) return Orientation.Upright;
        long at = Int(tiff[4..], big);
        if (at < 8 || at + 2 > tiff.Length) return Orientation.Upright;
        var count = UShort(tiff[(int)at..], big);
        at += 2;
        for (var i = 0; i < count && at + 12 <= tiff.Length; i++, at += 12)
        {
            var entry = tiff.Slice((int)at, 12);
            if (UShort(entry, big) == OrientationTag && UShort(entry[2..], big) == Short)
                return FromTag(UShort(entry[8..], big));
        }
        return Orientation.Upright;
    }

    /// <summary>The content of the chunk eXIf (PNG 1.5 extensions, 3.7), or nothing.</summary>
    private static ReadOnlySpan<byte> PngChunk(ReadOnlySpan<byte> file)
    {
        long at = 8;
        while (at + 12 <= file.Length)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[(int)at..]);
            if (at + 12 + length > file.Length) break;
            if (file[((int)at + 4)..].StartsWith("eXIf"u8)) return file.Slice((int)at + 8, (int)length);
            at += 12 + length;
        }
        return [];
    }

    /// <summary>The content of the chunk EXIF (WebP container, "Metadata"), or nothing.</summary>
    private static ReadOnlySpan<byte> WebpChunk(ReadOnlySpan<byte> file)
    {
        long at = 12;
        while (at + 8 <= file.Length)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(file[((int)at + 4)..]);
            if (at + 8 + length > file.Length) break;
            if (file[(int)at..].StartsWith("EXIF"u8)) return file.Slice((int)at + 8, (int)length);
            at += 8 + length + (length & 1);
        }
        return [];
    }

    private static ushort UShort(ReadOnlySpan<byte> bytes, bool big) =>
        big ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint Int(ReadOnlySpan<byte> bytes, bool big) =>
        big ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
