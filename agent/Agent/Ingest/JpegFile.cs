using System.Buffers.Binary;

namespace Picket.Agent.Ingest;

/// <summary>
/// What must be known of a JPEG file beyond its picture: libavcodec quietly paints the missing part of a cut file gray.
/// </summary>
internal static class JpegFile
{
    /// <summary>
    /// The file has its end marker (EOI) after the picture's data, outside the segments (a thumbnail within has its
    /// own). ITU-T T.81, B.1.
    /// </summary>
    public static bool IsComplete(ReadOnlySpan<byte> file)
    {
        const byte Marker = 0xFF, EndOfImage = 0xD9, StartOfScan = 0xDA;
        var at = 2; // after SOI
        while (at + 4 <= file.Length && file[at] == Marker)
        {
            var kind = file[at + 1];
            if (kind == EndOfImage) return true;
            if (kind == Marker) // fill byte
            {
                at++;
                continue;
            }
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (kind == StartOfScan) break;
        }
        // Entropy-coded data escapes its FF bytes, so the first FF D9 is the end. Later scans begin with tables, whose
        // bytes may look like it: then a file cut after that counts as complete, and is decoded as far as it goes.
        return at < file.Length && file[at..].IndexOf([Marker, EndOfImage]) >= 0;
    }
}
