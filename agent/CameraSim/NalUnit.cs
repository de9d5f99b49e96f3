namespace Picket.CameraSim;

/// <summary>What the first bytes of a NAL unit say (H.264 7.3.1 and 7.4.1.2.3, H.265 7.3.1.2 and 7.4.2.4.4).</summary>
internal static class NalUnit
{
    public const int H264Sps = 7;
    public const int H264Pps = 8;
    public const int H265Vps = 32;
    public const int H265Sps = 33;
    public const int H265Pps = 34;

    private const int H264Slice = 1;
    private const int H264Idr = 5;

    /// <summary>Bytes of the NAL unit header, which a fragmentation unit replaces.</summary>
    public static int HeaderBytes(VideoCodec codec) => codec == VideoCodec.H264 ? 1 : 2;

    public static int TypeOf(VideoCodec codec, ReadOnlySpan<byte> nal) =>
        codec == VideoCodec.H264 ? nal[0] & 0x1F : (nal[0] >> 1) & 0x3F;

    /// <summary>
    /// True for a piece of a picture (video coding layer; H.264's data partitions are not used by cameras).
    /// </summary>
    public static bool IsSlice(VideoCodec codec, int type) =>
        codec == VideoCodec.H264 ? type is H264Slice or H264Idr : type < H265Vps;

    public static bool IsKeySlice(VideoCodec codec, int type) =>
        codec == VideoCodec.H264 ? type == H264Idr : type is >= 16 and <= 23;

    /// <summary>True when this unit, coming after a slice, begins the next picture.</summary>
    public static bool BeginsPicture(VideoCodec codec, int type, ReadOnlySpan<byte> nal)
    {
        // The first bit behind the header: first_mb_in_slice is ue(v), where a leading one means 0; H.265 has
        // first_slice_segment_in_pic_flag there.
        var headerBytes = HeaderBytes(codec);
        if (IsSlice(codec, type)) return nal.Length > headerBytes && (nal[headerBytes] & 0x80) != 0;

        // End of sequence or stream, filler and suffix SEI belong to the picture before them.
        return codec == VideoCodec.H264
            ? type is >= 6 and <= 9 or >= 14 and <= 18
            : type is >= 32 and <= 35 or 39 or >= 41 and <= 44 or >= 48 and <= 55;
    }
}
