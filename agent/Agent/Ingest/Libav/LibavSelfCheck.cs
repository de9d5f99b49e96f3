using System.Security.Cryptography;

namespace Picket.Agent.Ingest.Libav;

/// <summary>
/// Verifies once, before anything is decoded, that <see cref="LibavLayout"/> fits the installed libraries.
/// </summary>
/// <remarks>
/// A clip of 1,616 bytes is decoded and compared with what the ffmpeg program says of it. Zeroed or shifted memory
/// can't pass: codec, time base, size, color matrix, timestamp and the hash of the planes are all of distinct,
/// non-zero values. It was made with (FFmpeg 5.1):
/// <code>
/// ffmpeg -f lavfi -i testsrc=size=96x64:rate=25 -frames:v 3 -pix_fmt yuv420p -c:v libx264 -preset veryslow
///   -colorspace bt709 -bsf:v filter_units=remove_types=6 -movflags +faststart -fflags +bitexact -flags:v +bitexact
///   self-check.mp4
/// </code>
/// and the hashes are those of <c>ffmpeg -i self-check.mp4 -f framemd5 -</c>.
/// </remarks>
internal static class LibavSelfCheck
{
    private const int H264 = 27; // AV_CODEC_ID_H264, the same in all versions
    private const int Bt709 = 1, Limited = 1;

    internal static readonly string[] PlaneHashes =
    [
        "ba7d17407aa3710d8c7ebf1e4822e383",
        "77b9d99be81457ec721b0304ac156cbf",
        "075ca1af306c2d5212074e394f4e4a60",
    ];

    private static readonly Lazy<string?> Complaint = new(Check);

    /// <summary>Does nothing when the libraries fit; the check itself runs once.</summary>
    /// <exception cref="PicketException">They do not, or one is missing (exit code
    /// <see cref="ExitCode.PartMissing"/>).</exception>
    public static void Verify()
    {
        if (Complaint.Value is { } complaint)
        {
            throw new PicketException(
                $"the installed FFmpeg libraries can't be used: {complaint}; install FFmpeg 5 to 7 "
                + "(Debian 12: apt-get install libavformat59 libavcodec59 libavutil57)",
                ExitCode.PartMissing);
        }
    }

    private static string? Check()
    {
        var format = AvFormat.Version() >> 16;
        var codec = AvCodec.Version() >> 16;
        var util = AvUtil.Version() >> 16;
        if (format is < 59 or > 61 || codec != format || util != format - 2)
            return $"versions libavformat {format}, libavcodec {codec}, libavutil {util}";

        // libav's own log would print addresses with their credentials; of its lines only a camera's answers are needed.
        RtspTranscript.TakeLog();
        try
        {
            return CheckClip();
        }
        catch (LibavException e)
        {
            return $"the test clip can't be opened ({e.Message})";
        }
    }

    private static string? CheckClip()
    {
        using var stream = LibavStream.Open(
            "data:video/mp4;base64," + Convert.ToBase64String(Clip()),
            new() { ["protocol_whitelist"] = "data" }, probe: false, oneConnection: false, codecs: null, TimeSpan.FromSeconds(10), default);
        if (stream.CodecId != H264) return $"the test clip's codec reads as {stream.CodecId}";
        if (stream.TimeBase != new AvRational(1, 12800)) return $"the test clip's time base reads as {stream.TimeBase}";
        if ((stream.Width, stream.Height) != (96, 64))
            return $"the test clip's size reads as {stream.Width} x {stream.Height}";

        using var frame = new FrameHandle();
        for (var i = 0; i < PlaneHashes.Length; i++)
        {
            var read = stream.Read(frame, ReadLimits.All(TimeSpan.FromSeconds(10)), default);
            if (read != StreamRead.Picture) return $"the test clip ends at frame {i}: {read}";
            if ((frame.Width, frame.Height) != (96, 64))
                return $"a frame's size reads as {frame.Width} x {frame.Height}";
            if (PixelFormats.Find(frame.Format).Name != "yuv420p")
                return $"a frame's pixel format reads as {frame.Format}";
            if ((frame.ColorRange, frame.ColorSpace) != (Limited, Bt709))
                return $"a frame's colors read as {frame.ColorRange}, {frame.ColorSpace}";
            if (frame.Timestamp != 512 * i || frame.Corrupt)
                return $"frame {i} reads as time {frame.Timestamp}, damaged {frame.Corrupt}";
            if (Hash(frame) != PlaneHashes[i]) return $"the picture of frame {i} is wrong";
        }
        return null;
    }

    internal static byte[] Clip()
    {
        using var resource = typeof(LibavSelfCheck).Assembly.GetManifestResourceStream("self-check.mp4")!;
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }

    private static unsafe string Hash(FrameHandle frame)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5); // what -f framemd5 prints
        for (var plane = 0; plane < 3; plane++)
        {
            var (width, height) = plane == 0 ? (96, 64) : (48, 32);
            if (frame.Plane(plane) == null || frame.Stride(plane) < width) return "no plane";
            for (var row = 0; row < height; row++)
                md5.AppendData(new ReadOnlySpan<byte>(frame.Plane(plane) + row * frame.Stride(plane), width));
        }
        return Convert.ToHexStringLower(md5.GetHashAndReset());
    }
}
