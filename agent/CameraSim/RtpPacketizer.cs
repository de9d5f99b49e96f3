using System.Buffers.Binary;

namespace Picket.CameraSim;

/// <summary>
/// Cuts access units into RTP packets: single NAL units and fragmentation units (RFC 6184 5.6 and 5.8, RFC 7798 4.4.1
/// and 4.4.3).
/// </summary>
internal sealed class RtpPacketizer(
    VideoCodec codec, byte channel, uint ssrc, ushort firstSequence, PacketFaults faults)
{
    /// <summary>The first dynamic payload type; the SDP names it.</summary>
    public const int PayloadType = 96;

    /// <summary>Ticks a second of RTP video timestamps.</summary>
    public const int ClockRate = 90_000;

    /// <summary>What cameras use on a network with an MTU of 1500.</summary>
    private const int MaxPayloadBytes = 1400;

    private const int RtpHeaderBytes = 12;
    private const byte MarkerBit = 0x80;
    private const byte StartBit = 0x80;
    private const byte EndBit = 0x40;
    private const int H264FragmentType = 28;
    private const int H265FragmentType = 49;

    private ushort _sequence = firstSequence;

    /// <summary>
    /// Packets made since the session began, modulo 2^32 (the sender report's count); lost ones included.
    /// </summary>
    public uint PacketCount { get; private set; }

    /// <summary>Payload bytes made since the session began, modulo 2^32.</summary>
    public uint PayloadByteCount { get; private set; }

    /// <summary>Appends the unit's packets to <paramref name="output"/>; the last one bears the marker.</summary>
    public void Write(AccessUnit unit, uint timestamp, InterleavedBuffer output)
    {
        for (var i = 0; i < unit.Nals.Count; i++)
        {
            var nal = unit.Nals[i].Span;
            var isLast = i == unit.Nals.Count - 1;
            if (nal.Length > MaxPayloadBytes)
            {
                WriteFragments(nal, timestamp, isLast, output);
                continue;
            }
            var payload = OpenPacket(nal.Length, timestamp, isLast, output);
            nal.CopyTo(payload);
            ClosePacket(payload, output);
        }
    }

    private void WriteFragments(ReadOnlySpan<byte> nal, uint timestamp, bool isLastNal, InterleavedBuffer output)
    {
        var nalHeaderBytes = NalUnit.HeaderBytes(codec);
        var headerBytes = nalHeaderBytes + 1;
        var type = (byte)NalUnit.TypeOf(codec, nal);
        var rest = nal[nalHeaderBytes..];
        var isFirst = true;
        while (rest.Length > 0)
        {
            var length = Math.Min(rest.Length, MaxPayloadBytes - headerBytes);
            var isLast = length == rest.Length;
            var payload = OpenPacket(headerBytes + length, timestamp, isLastNal && isLast, output);
            if (codec == VideoCodec.H264)
            {
                payload[0] = (byte)((nal[0] & 0xE0) | H264FragmentType);
            }
            else
            {
                payload[0] = (byte)((nal[0] & 0x81) | (H265FragmentType << 1));
                payload[1] = nal[1];
            }
            payload[nalHeaderBytes] = (byte)((isFirst ? StartBit : 0) | (isLast ? EndBit : 0) | type);
            rest[..length].CopyTo(payload[headerBytes..]);
            ClosePacket(payload, output);
            rest = rest[length..];
            isFirst = false;
        }
    }

    private Span<byte> OpenPacket(int payloadBytes, uint timestamp, bool marker, InterleavedBuffer output)
    {
        var packet = output.Open(channel, RtpHeaderBytes + payloadBytes);
        packet[0] = 0x80; // version 2, no padding, no extension, no contributing sources
        packet[1] = (byte)(PayloadType | (marker ? MarkerBit : 0));
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], _sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(packet[8..], ssrc);
        _sequence++;
        return packet[RtpHeaderBytes..];
    }

    private void ClosePacket(Span<byte> payload, InterleavedBuffer output)
    {
        unchecked
        {
            PacketCount++;
            PayloadByteCount += (uint)payload.Length;
        }
        if (faults.Apply(payload)) output.Commit();
    }
}

/// <summary>
/// Collects the interleaved frames (RFC 2326 10.12: '$', channel, length) of one picture, to be sent in one write.
/// </summary>
internal sealed class InterleavedBuffer
{
    private const int HeaderBytes = 4;

    private byte[] _bytes = new byte[64 * 1024];
    private int _length;
    private int _open;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public void Clear() => _length = 0;

    /// <summary>
    /// Room for a packet of exactly <paramref name="length"/> bytes, valid until the next call; nothing is written
    /// before <see cref="Commit"/>.
    /// </summary>
    public Span<byte> Open(byte channel, int length)
    {
        var needed = _length + HeaderBytes + length;
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
        _open = length;
        _bytes[_length] = (byte)'$';
        _bytes[_length + 1] = channel;
        _bytes[_length + 2] = (byte)(length >> 8);
        _bytes[_length + 3] = (byte)length;
        return _bytes.AsSpan(_length + HeaderBytes, length);
    }

    public void Commit() => _length += HeaderBytes + _open;
}
