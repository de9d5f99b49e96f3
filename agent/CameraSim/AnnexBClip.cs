namespace Picket.CameraSim;

/// <summary>
/// A clip in Annex-B form (H.264 or H.265 byte stream), cut into access units; immutable, shared by all connections.
/// </summary>
/// <remarks>
/// Clips must have no reordered pictures (encode without B-frames, as cameras do): the byte stream holds no
/// presentation times, so pictures are stamped in decoding order.
/// </remarks>
public sealed class AnnexBClip
{
    private AnnexBClip(VideoCodec codec, double framesPerSecond)
    {
        Codec = codec;
        FramesPerSecond = framesPerSecond;
    }

    public VideoCodec Codec { get; }

    /// <summary>The rate at which the clip is sent; the byte stream itself does not carry it reliably.</summary>
    public double FramesPerSecond { get; }

    /// <summary>The pictures in decoding order; the first is a key picture.</summary>
    public IReadOnlyList<AccessUnit> AccessUnits { get; private init; } = [];

    /// <summary>The video parameter set of H.265; empty in H.264.</summary>
    public ReadOnlyMemory<byte> Vps { get; private init; }

    public ReadOnlyMemory<byte> Sps { get; private init; }

    public ReadOnlyMemory<byte> Pps { get; private init; }

    /// <summary>Reads a file; its extension (.h264, .264, .h265, .265, .hevc) names the codec.</summary>
    /// <exception cref="ArgumentException">Another extension.</exception>
    /// <exception cref="InvalidDataException">Not an Annex-B stream beginning with parameter sets and a key
    /// picture.</exception>
    public static AnnexBClip Load(string path, double framesPerSecond)
    {
        var codec = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".h264" or ".264" => VideoCodec.H264,
            ".h265" or ".265" or ".hevc" => VideoCodec.H265,
            var other => throw new ArgumentException(
                $"{path}: extension '{other}' names no codec; use .h264 or .h265", nameof(path)),
        };
        return Parse(File.ReadAllBytes(path), codec, framesPerSecond);
    }

    /// <summary>
    /// Cuts a byte stream into access units, which are slices of <paramref name="stream"/>: keep it unchanged.
    /// </summary>
    /// <exception cref="InvalidDataException">Not an Annex-B stream beginning with parameter sets and a key
    /// picture.</exception>
    public static AnnexBClip Parse(ReadOnlyMemory<byte> stream, VideoCodec codec, double framesPerSecond)
    {
        if (framesPerSecond is not (> 0 and <= 1000))
            throw new ArgumentOutOfRangeException(nameof(framesPerSecond), framesPerSecond, "0 to 1000");

        ReadOnlyMemory<byte> vps = default, sps = default, pps = default;
        var units = new List<AccessUnit>();
        var nals = new List<ReadOnlyMemory<byte>>();
        var hasSlice = false;
        var isKey = false;
        foreach (var nal in SplitNals(stream))
        {
            if (nal.Length < NalUnit.HeaderBytes(codec)) continue;
            var type = NalUnit.TypeOf(codec, nal.Span);
            switch (codec, type)
            {
                case (VideoCodec.H265, NalUnit.H265Vps) when vps.IsEmpty:
                    vps = nal;
                    break;
                case (VideoCodec.H264, NalUnit.H264Sps) or (VideoCodec.H265, NalUnit.H265Sps) when sps.IsEmpty:
                    sps = nal;
                    break;
                case (VideoCodec.H264, NalUnit.H264Pps) or (VideoCodec.H265, NalUnit.H265Pps) when pps.IsEmpty:
                    pps = nal;
                    break;
            }
            if (hasSlice && NalUnit.BeginsPicture(codec, type, nal.Span))
            {
                units.Add(new AccessUnit([.. nals], isKey));
                nals.Clear();
                hasSlice = isKey = false;
            }
            nals.Add(nal);
            if (!NalUnit.IsSlice(codec, type)) continue;
            hasSlice = true;
            isKey |= NalUnit.IsKeySlice(codec, type);
        }
        if (hasSlice) units.Add(new AccessUnit([.. nals], isKey));

        if (units.Count == 0) throw new InvalidDataException($"no {codec} picture in {stream.Length} bytes");
        if (sps.Length < 4 || pps.IsEmpty || (codec == VideoCodec.H265 && vps.IsEmpty))
            throw new InvalidDataException($"the {codec} stream has no parameter sets");
        if (!units[0].IsKey) throw new InvalidDataException($"the {codec} stream does not begin with a key picture");
        return new AnnexBClip(codec, framesPerSecond) { AccessUnits = units, Vps = vps, Sps = sps, Pps = pps };
    }

    /// <summary>
    /// The bytes between start codes (H.264 and H.265 Annex B), without leading and trailing zero bytes.
    /// </summary>
    private static IEnumerable<ReadOnlyMemory<byte>> SplitNals(ReadOnlyMemory<byte> stream)
    {
        var begin = AfterStartCode(stream, 0);
        while (begin >= 0)
        {
            var next = AfterStartCode(stream, begin);
            var end = next < 0 ? stream.Length : next - 3;
            yield return stream[begin..end].TrimEnd((byte)0);
            begin = next;
        }
    }

    private static int AfterStartCode(ReadOnlyMemory<byte> stream, int from)
    {
        var at = stream.Span[from..].IndexOf([(byte)0, (byte)0, (byte)1]);
        return at < 0 ? -1 : from + at + 3;
    }
}

/// <summary>The NAL units of one coded picture, without start codes.</summary>
/// <param name="Nals">Slices of the clip's bytes, in decoding order; at least one.</param>
/// <param name="IsKey">True when decoding can begin here (IDR, or IRAP in H.265).</param>
public sealed record AccessUnit(IReadOnlyList<ReadOnlyMemory<byte>> Nals, bool IsKey);

/// <summary>What a clip is coded in; RTP payload formats RFC 6184 and RFC 7798.</summary>
public enum VideoCodec
{
    H264,
    H265,
}
