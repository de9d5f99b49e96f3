using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Picket.Agent.Ingest;

/// <summary>
/// What must be known about a clip's file beyond its frames: libavformat takes the end of a truncated file for the end of the clip.
/// </summary>
internal static class ClipFile
{
    /// <summary>A day of one-second fragments has 172,800 boxes; a file of nothing but empty ones must not be walked for hours.</summary>
    private const int MostParts = 1_000_000;

    private const int TransportPacketBytes = 188; // ISO/IEC 13818-1, 2.4.3.2

    /// <summary>
    /// True when the file holds less than it declares: MP4 and QuickTime, also fragmented (ISO/IEC 14496-12, 4.2), Matroska and WebM (RFC
    /// 8794), AVI, and transport streams that end within a packet. For other kinds, such as raw H.264, it can't be known.
    /// </summary>
    public static bool IsCutShort(SafeFileHandle file, long length)
    {
        Span<byte> head = stackalloc byte[2 * TransportPacketBytes + 1];
        head = head[..RandomAccess.Read(file, head, 0)];
        if (head.Length < 12) return false;
        if (IsBoxType(head[4..8])) return IsBoxCut(file, length);
        if (head[..4].SequenceEqual((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3])) return IsMatroskaCut(file, length);
        if (head[..4].SequenceEqual("RIFF"u8) && head[8..12].SequenceEqual("AVI "u8)) return IsRiffCut(file, length);
        return head.Length > 2 * TransportPacketBytes && head[0] == 0x47 && head[TransportPacketBytes] == 0x47
            && head[2 * TransportPacketBytes] == 0x47 && length % TransportPacketBytes != 0;
    }

    private static bool IsBoxType(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("ftyp"u8) || type.SequenceEqual("styp"u8) || type.SequenceEqual("moov"u8)
        || type.SequenceEqual("moof"u8) || type.SequenceEqual("mdat"u8) || type.SequenceEqual("wide"u8)
        || type.SequenceEqual("free"u8) || type.SequenceEqual("skip"u8);

    private static bool IsBoxCut(SafeFileHandle file, long length)
    {
        Span<byte> header = stackalloc byte[16];
        long at = 0;
        for (var i = 0; i < MostParts && at < length; i++)
        {
            var read = RandomAccess.Read(file, header, at);
            if (read < 8) return true;
            long size = BinaryPrimitives.ReadUInt32BigEndian(header);
            if (size == 0) return false; // up to the end, wherever that is
            if (size == 1) size = read < 16 ? length + 1 : (long)BinaryPrimitives.ReadUInt64BigEndian(header[8..]);
            if (size < 8) return false; // not a box; what libavformat makes of it counts
            if (size > length - at) return true;
            at += size;
        }
        return false;
    }

    private static bool IsRiffCut(SafeFileHandle file, long length)
    {
        Span<byte> header = stackalloc byte[8];
        long at = 0;
        for (var i = 0; i < MostParts && RandomAccess.Read(file, header, at) == 8; i++)
        {
            long size = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            // Anything may follow the last one; a recorder that was switched off left the size at 0.
            if (!header[..4].SequenceEqual("RIFF"u8) || size == 0) return false;
            if (size > length - at - 8) return true;
            at += 8 + size + (size & 1);
        }
        return false;
    }

    private static bool IsMatroskaCut(SafeFileHandle file, long length)
    {
        const ulong Segment = 0x18538067;
        long at = 0;
        for (var i = 0; i < MostParts && at < length; i++)
        {
            if (!ReadElement(file, at, out var id, out var size, out var headerBytes)) return true;
            // A segment or cluster of unknown size was written while recording: its parts follow.
            if (size < 0)
            {
                if (id != Segment && i < 1) return false;
                at += headerBytes;
                continue;
            }
            if (size > length - at - headerBytes) return true;
            at += headerBytes + size;
        }
        return false;
    }

    /// <summary>An element's id with its marker, and its size, or -1 when that is unknown.</summary>
    private static bool ReadElement(SafeFileHandle file, long at, out ulong id, out long size, out int bytes)
    {
        Span<byte> header = stackalloc byte[12];
        header = header[..RandomAccess.Read(file, header, at)];
        (id, size, bytes) = (0, 0, 0);
        if (!ReadNumber(header, keepMarker: true, out id, out var idBytes)
            || !ReadNumber(header[idBytes..], keepMarker: false, out var number, out var sizeBytes))
            return false;
        bytes = idBytes + sizeBytes;
        size = number == (1UL << (7 * sizeBytes)) - 1 ? -1 : (long)number;
        return true;
    }

    private static bool ReadNumber(ReadOnlySpan<byte> from, bool keepMarker, out ulong number, out int bytes)
    {
        (number, bytes) = (0, 0);
        if (from.IsEmpty || from[0] == 0) return false;
        bytes = System.Numerics.BitOperations.LeadingZeroCount((uint)from[0]) - 24 + 1;
        if (from.Length < bytes) return false;
        number = keepMarker ? from[0] : from[0] & ((1UL << (8 - bytes)) - 1);
        for (var i = 1; i < bytes; i++) number = (number << 8) | from[i];
        return true;
    }
}
