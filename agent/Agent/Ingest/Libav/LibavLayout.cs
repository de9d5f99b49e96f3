namespace Picket.Agent.Ingest.Libav;

/// <summary>
/// Everything known about the memory layout of libav's structures: byte offsets for FFmpeg 5, 6 and 7 on 64-bit Linux.
/// </summary>
/// <remarks>
/// From <c>offsetof</c> compiled against the headers of 5.1, 6.0, 6.1, 7.0 and 7.1. The three columns are libavformat
/// and libavcodec 59 | 60 | 61, libavutil 57 | 58 | 59; a single number applies to all. <see cref="LibavSelfCheck"/> verifies them at
/// startup.
/// </remarks>
internal static class LibavLayout
{
    /// <summary>
    /// The version of libavformat in use, 59 to 61 (others are refused by <see cref="LibavSelfCheck"/>).
    /// </summary>
    internal static readonly int Major = (int)(AvFormat.Version() >> 16);

    // AVFormatContext
    internal const int FormatStreamCount = 44;
    internal const int FormatStreams = 48;
    internal static readonly int FormatInterruptCallback = Of(200, 200, 216);

    // AVStream
    internal static readonly int StreamTimeBase = Of(16, 32, 32);
    internal static readonly int StreamParameters = Of(208, 16, 16);

    // AVCodecParameters
    internal const int ParametersCodecId = 4;
    internal static readonly int ParametersWidth = Of(56, 56, 72);
    internal static readonly int ParametersHeight = Of(60, 60, 76);

    // AVPacket
    internal const int PacketContent = 24;
    internal const int PacketSize = 32;
    internal const int PacketStreamIndex = 36;
    internal const int PacketFlags = 40;

    // AVFrame; its data[] is at 0
    internal const int FrameStrides = 64;
    internal const int FrameWidth = 104;
    internal const int FrameHeight = 108;
    internal const int FrameFormat = 116;
    internal static readonly int FrameFlags = Of(316, 316, 292);
    internal static readonly int FrameColorRange = Of(320, 320, 296);
    internal static readonly int FrameColorSpace = Of(332, 332, 308);
    internal static readonly int FrameBestEffortTimestamp = Of(344, 344, 320);
    internal static readonly int FrameDecodeErrorFlags = Of(376, 376, 344);

    // AVFrameSideData
    internal const int SideContent = 8;

    private static int Of(int in59, int in60, int in61) => Major switch { 59 => in59, 60 => in60, _ => in61 };
}
