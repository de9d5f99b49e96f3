using System.Buffers.Binary;
using System.Text;

namespace Picket.Agent.Ingest;

/// <summary>
/// Common kinds of pictures that are not supported here: named for what they are, since an intact file must not be reported as damaged.
/// </summary>
internal static class UnreadKinds
{
    /// <summary>Enough bytes from the start of a file to tell.</summary>
    public const int HeadBytes = 256;

    /// <summary>
    /// Extensions that mark a file in a folder as a picture; a folder with nothing else must not count as done.
    /// </summary>
    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".heic", ".heif", ".hif", ".avif", ".jxl", ".jp2", ".j2k", ".psd", ".svg", ".pdf",
        ".cr2", ".cr3", ".nef", ".arw", ".dng", ".raf", ".orf", ".rw2", ".pef", ".srw",
    };

    /// <summary>Camera raw pictures that look like a TIFF file inside: told apart only by name.</summary>
    private static readonly HashSet<string> RawTiffs = new(StringComparer.OrdinalIgnoreCase)
    {
        ".cr2", ".nef", ".arw", ".dng", ".pef", ".srw",
    };

    /// <summary>The file's name is that of an unsupported kind.</summary>
    public static bool IsNamed(string path) => Extensions.Contains(Path.GetExtension(path));

    /// <summary>The kind, with its article, for a message; null for any other.</summary>
    public static string? Name(string path, ReadOnlySpan<byte> head)
    {
        if (head.Length >= 12 && head[4..].StartsWith("ftyp"u8)) return IsoMedia(head);
        if (head.Length > 20 && head[8..].StartsWith("WEBPVP8X"u8) && (head[20] & 2) != 0) return "an animated WebP picture";
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]) || head.StartsWith("\0\0\0\fJXL "u8)) return "a JPEG XL picture";
        if (head.StartsWith("\0\0\0\fjP  "u8) || head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]))
            return "a JPEG 2000 picture";
        if (head.StartsWith("8BPS"u8)) return "a Photoshop file";
        if (head.StartsWith("%PDF-"u8)) return "a PDF document";
        if (head.StartsWith("%!PS"u8)) return "a PostScript document";
        if (head.StartsWith("FUJIFILMCCD-RAW"u8) || head.StartsWith("IIU\0"u8) || head.StartsWith("IIRO"u8)
            || head.StartsWith("IIRS"u8) || head.StartsWith("MMOR"u8))
            return "a camera's raw picture";
        if ((head.StartsWith("II*\0"u8) || head.StartsWith("MM\0*"u8)) && RawTiffs.Contains(Path.GetExtension(path)))
            return "a camera's raw picture";
        return IsSvg(head) ? "an SVG drawing" : null;
    }

    /// <summary>By the brands of ISO/IEC 14496-12, 4.3: the major one first, then the compatible ones.</summary>
    private static string? IsoMedia(ReadOnlySpan<byte> head)
    {
        var end = Math.Min((uint)head.Length, BinaryPrimitives.ReadUInt32BigEndian(head));
        for (var at = 8; at + 4 <= end; at += at == 8 ? 8 : 4)
        {
            var brand = head.Slice(at, 4);
            if (brand.StartsWith("avi"u8)) return "an AVIF picture";
            if (brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8)) return "a HEIC picture";
            if (brand.SequenceEqual("crx "u8)) return "a camera's raw picture";
            // A video file; the brands after it say nothing more.
            if (at == 8 && !brand.SequenceEqual("mif1"u8) && !brand.SequenceEqual("msf1"u8)) return null;
        }
        return "a HEIF picture";
    }

    private static bool IsSvg(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) head = head[3..];
        var text = Encoding.Latin1.GetString(head).TrimStart();
        return text.StartsWith("<svg", StringComparison.OrdinalIgnoreCase)
            || (text.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase)
                && text.Contains("<svg", StringComparison.OrdinalIgnoreCase));
    }
}
