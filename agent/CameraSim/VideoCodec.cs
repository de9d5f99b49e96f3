namespace Picket.CameraSim;

/// <summary>What a clip is coded in; RTP payload formats RFC 6184 and RFC 7798.</summary>
public enum VideoCodec
{
    H264,
    H265,
}
