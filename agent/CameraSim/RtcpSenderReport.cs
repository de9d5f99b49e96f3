using System.Buffers.Binary;

namespace Picket.CameraSim;

/// <summary>Writes RTCP sender reports (RFC 3550 6.4.1), by which a client ties RTP timestamps to UTC.</summary>
internal static class RtcpSenderReport
{
    public const int Bytes = 28;

    private const byte SenderReportType = 200;
    private static readonly DateTimeOffset NtpEpoch = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static void Write(
        Span<byte> packet, uint ssrc, DateTimeOffset now, uint timestamp, uint packetCount, uint payloadByteCount)
    {
        packet[0] = 0x80; // version 2, no report blocks
        packet[1] = SenderReportType;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], Bytes / 4 - 1);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], ssrc);
        BinaryPrimitives.WriteUInt64BigEndian(packet[8..], ToNtp(now));
        BinaryPrimitives.WriteUInt32BigEndian(packet[16..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(packet[20..], packetCount);
        BinaryPrimitives.WriteUInt32BigEndian(packet[24..], payloadByteCount);
    }

    /// <summary>
    /// Seconds since 1900 in the upper 32 bits, their fraction in the lower; the seconds wrap in 2036 as NTP's do.
    /// </summary>
    private static ulong ToNtp(DateTimeOffset time)
    {
        var ticks = (time - NtpEpoch).Ticks;
        var seconds = (ulong)(ticks / TimeSpan.TicksPerSecond);
        var fraction = ((ulong)(ticks % TimeSpan.TicksPerSecond) << 32) / TimeSpan.TicksPerSecond;
        return (seconds << 32) | fraction;
    }
}
