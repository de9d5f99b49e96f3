using System.Globalization;

namespace Picket.CameraSim;

/// <summary>The SDP of a clip (RFC 4566, RFC 6184 8.2.1, RFC 7798 7.2.1): one video track.</summary>
internal static class SessionDescription
{
    public const string TrackName = "track1";

    public static string Of(AnnexBClip clip)
    {
        var format = clip.Codec == VideoCodec.H264
            ? $"packetization-mode=1;profile-level-id={Convert.ToHexString(clip.Sps.Span.Slice(1, 3))};"
                + $"sprop-parameter-sets={Base64(clip.Sps)},{Base64(clip.Pps)}"
            : $"sprop-vps={Base64(clip.Vps)};sprop-sps={Base64(clip.Sps)};sprop-pps={Base64(clip.Pps)}";
        var encoding = clip.Codec == VideoCodec.H264 ? "H264" : "H265";
        string[] lines =
        [
            "v=0",
            "o=- 1 1 IN IP4 127.0.0.1",
            "s=Simulated camera",
            "c=IN IP4 0.0.0.0",
            "t=0 0",
            $"m=video 0 RTP/AVP {RtpPacketizer.PayloadType}",
            $"a=rtpmap:{RtpPacketizer.PayloadType} {encoding}/{RtpPacketizer.ClockRate}",
            $"a=fmtp:{RtpPacketizer.PayloadType} {format}",
            string.Create(CultureInfo.InvariantCulture, $"a=framerate:{clip.FramesPerSecond}"),
            $"a=control:{TrackName}",
            "",
        ];
        return string.Join("\r\n", lines);
    }

    private static string Base64(ReadOnlyMemory<byte> bytes) => Convert.ToBase64String(bytes.Span);
}
