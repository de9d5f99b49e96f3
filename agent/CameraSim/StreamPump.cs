using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Picket.CameraSim;

/// <summary>Plays a mount's clip on one connection, in time, until the connection ends.</summary>
internal sealed class StreamPump
{
    /// <summary>RFC 3550 6.2 asks for about 5 s at most; cameras send sooner, and a test gets to see a few.</summary>
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(2);

    /// <summary>
    /// When sending falls back further than this (a stall, a slow client), the timestamps jump on to the present as a
    /// live camera's would.
    /// </summary>
    private static readonly TimeSpan MaxLag = TimeSpan.FromSeconds(1);

    private readonly CameraMount _mount;
    private readonly TimeProvider _time;
    private readonly byte _reportChannel;
    private readonly uint _ssrc = RandomUInt32();
    private readonly RtpPacketizer _packetizer;
    private readonly InterleavedBuffer _output = new();

    public StreamPump(CameraMount mount, byte mediaChannel, byte reportChannel, TimeProvider time)
    {
        _mount = mount;
        _time = time;
        _reportChannel = reportChannel;
        FirstSequence = (ushort)RandomUInt32();
        FirstTimestamp = RandomUInt32();
        _packetizer = new RtpPacketizer(
            mount.CurrentClip.Codec, mediaChannel, _ssrc, FirstSequence, new PacketFaults(mount.Faults));
    }

    /// <summary>For PLAY's RTP-Info.</summary>
    public ushort FirstSequence { get; }

    public uint FirstTimestamp { get; }

    /// <summary>Ends by cancellation, or by what <paramref name="send"/> throws.</summary>
    public async Task RunAsync(Func<ReadOnlyMemory<byte>, CancellationToken, Task> send, CancellationToken cancel)
    {
        if (_mount.Faults.FirstPacketDelay is var delay && delay > TimeSpan.Zero) await Task.Delay(delay, _time, cancel);
        var begun = _time.GetTimestamp();
        var due = TimeSpan.Zero;
        var nextReport = TimeSpan.Zero;
        var clip = _mount.CurrentClip;
        var frame = 0;
        var loop = _mount.CountLoop();
        var theirs = 0.0;
        while (true)
        {
            await _mount.Faults.WaitWhileStalledAsync(cancel);
            var now = _time.GetElapsedTime(begun);
            if (due > now) await Task.Delay(due - now, _time, cancel);
            else if (now - due > MaxLag)
            {
                theirs += (now - due).TotalSeconds * _mount.Faults.TimestampRate;
                due = now;
            }
            if (_mount.Faults.Stalled) continue; // it may have begun during the delay

            if (_mount.CurrentClip != clip)
            {
                clip = _mount.CurrentClip;
                frame = 0;
                loop = _mount.CountLoop();
            }
            var timestamp = unchecked(FirstTimestamp + (uint)(long)(theirs * RtpPacketizer.ClockRate));
            _output.Clear();
            if (due >= nextReport)
            {
                WriteReport(timestamp);
                nextReport = due + ReportInterval;
            }
            _packetizer.Write(clip.AccessUnits[frame], timestamp, _output);
            await send(_output.Written, cancel);

            var isLast = frame == clip.AccessUnits.Count - 1;
            _mount.CountFrame(loop, frame, isLast);
            frame = isLast ? 0 : frame + 1;
            if (isLast) loop = _mount.CountLoop();
            due += TimeSpan.FromSeconds(1 / clip.FramesPerSecond);
            theirs += 1 / clip.FramesPerSecond * _mount.Faults.TimestampRate;
        }
    }

    private void WriteReport(uint timestamp)
    {
        var packet = _output.Open(_reportChannel, RtcpSenderReport.Bytes);
        RtcpSenderReport.Write(
            packet, _ssrc, _time.GetUtcNow(), timestamp, _packetizer.PacketCount, _packetizer.PayloadByteCount);
        _output.Commit();
    }

    private static uint RandomUInt32() => BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4));
}

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
