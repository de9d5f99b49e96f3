using System.Runtime.InteropServices;

namespace Picket.Agent.Ingest.Libav;

/// <summary>
/// libavcodec: decoders and packets. Functions return 0 or more on success, a negative AVERROR otherwise (see
/// <see cref="AvError"/>).
/// </summary>
internal static partial class AvCodec
{
    private const string Library = "avcodec";

    [LibraryImport(Library, EntryPoint = "avcodec_version")]
    internal static partial uint Version();

    /// <returns>The decoder, a constant of the library, or 0 when there is none of this name.</returns>
    [LibraryImport(Library, EntryPoint = "avcodec_find_decoder_by_name", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint FindDecoder(string name);

    /// <returns>The codec's name, a constant of the library; never 0.</returns>
    [LibraryImport(Library, EntryPoint = "avcodec_get_name")]
    internal static partial nint GetName(int codecId);

    /// <returns>A new AVCodecContext, or 0 when memory is exhausted.</returns>
    [LibraryImport(Library, EntryPoint = "avcodec_alloc_context3")]
    internal static partial nint AllocContext(nint codec);

    [LibraryImport(Library, EntryPoint = "avcodec_free_context")]
    internal static partial void FreeContext(ref nint context);

    [LibraryImport(Library, EntryPoint = "avcodec_parameters_to_context")]
    internal static partial int ParametersToContext(CodecContextHandle context, nint parameters);

    [LibraryImport(Library, EntryPoint = "avcodec_open2")]
    internal static partial int Open(CodecContextHandle context, nint codec, ref nint options);

    [LibraryImport(Library, EntryPoint = "avcodec_send_packet")]
    internal static partial int SendPacket(CodecContextHandle context, PacketHandle packet);

    /// <summary>A packet of 0 tells the decoder that no more packets follow.</summary>
    [LibraryImport(Library, EntryPoint = "avcodec_send_packet")]
    internal static partial int SendEnd(CodecContextHandle context, nint noPacket);

    /// <summary>
    /// Releases what <paramref name="frame"/> held and gives it the next decoded picture, by reference.
    /// </summary>
    [LibraryImport(Library, EntryPoint = "avcodec_receive_frame")]
    internal static partial int ReceiveFrame(CodecContextHandle context, FrameHandle frame);

    /// <returns>A new AVPacket, or 0 when memory is exhausted.</returns>
    [LibraryImport(Library, EntryPoint = "av_packet_alloc")]
    internal static partial nint AllocPacket();

    [LibraryImport(Library, EntryPoint = "av_packet_free")]
    internal static partial void FreePacket(ref nint packet);

    [LibraryImport(Library, EntryPoint = "av_packet_unref")]
    internal static partial void UnrefPacket(PacketHandle packet);

    /// <summary>
    /// Gives the packet a buffer of <paramref name="size"/> bytes and the zeroed padding that decoders read past the
    /// end.
    /// </summary>
    [LibraryImport(Library, EntryPoint = "av_new_packet")]
    internal static partial int NewPacket(PacketHandle packet, int size);
}
