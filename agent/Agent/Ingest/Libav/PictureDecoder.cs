namespace Picket.Agent.Ingest.Libav;

/// <summary>
/// Decodes a picture file held in memory: no demuxer, no address, no name, so hostile names and contents reach only the picture's decoder.
/// </summary>
internal sealed class PictureDecoder : IDisposable
{
    private readonly CodecContextHandle _codec;
    private readonly PacketHandle _packet = new();

    private PictureDecoder(CodecContextHandle codec) => _codec = codec;

    /// <summary>
    /// The name of libavcodec's decoder for a file that begins with <paramref name="head"/>, or null when it is not a picture.
    /// </summary>
    public static string? NameFor(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])) return "mjpeg";
        if (head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G'])) return "png";
        if (head.StartsWith("BM"u8)) return "bmp";
        if (head.StartsWith("RIFF"u8) && head.Length >= 12 && head[8..].StartsWith("WEBP"u8)) return "webp";
        if (head.StartsWith("II*\0"u8) || head.StartsWith("MM\0*"u8)) return "tiff";
        if (head.Length < 3 || head[0] != 'P' || head[2] is not ((byte)'\n' or (byte)' ' or (byte)'\r')) return null;
        return head[1] switch
        {
            (byte)'1' or (byte)'4' => "pbm",
            (byte)'2' or (byte)'5' => "pgm",
            (byte)'3' or (byte)'6' => "ppm",
            _ => null,
        };
    }

    /// <summary>Opens the decoder <paramref name="name"/>.</summary>
    /// <exception cref="LibavException">This build of the library does not have it.</exception>
    public static PictureDecoder Open(string name)
    {
        var decoder = AvCodec.FindDecoder(name);
        if (decoder == 0) throw new LibavException(AvError.DecoderNotFound, false, name);
        var result = CodecContextHandle.Open(decoder, 0, out var codec);
        return result >= 0 ? new PictureDecoder(codec!) : throw new LibavException(result, false, name);
    }

    /// <summary>
    /// Memory for the file's <paramref name="size"/> bytes; fill it before <see cref="Decode"/>.
    /// </summary>
    public Span<byte> Reserve(int size)
    {
        AvError.ThrowIfNegative(AvCodec.NewPacket(_packet, size), "av_new_packet");
        return _packet.Content;
    }

    /// <summary>Decodes the contents of the reserved memory into <paramref name="frame"/>.</summary>
    /// <returns>0, or a negative AVERROR: damaged, cut short, or larger than <see cref="PictureLimits"/>.</returns>
    public int Decode(FrameHandle frame)
    {
        var sent = AvCodec.SendPacket(_codec, _packet);
        AvCodec.UnrefPacket(_packet);
        if (sent < 0) return sent;
        var ended = AvCodec.SendEnd(_codec, 0);
        return ended < 0 ? ended : AvCodec.ReceiveFrame(_codec, frame);
    }

    public void Dispose()
    {
        _packet.Dispose();
        _codec.Dispose();
    }
}
