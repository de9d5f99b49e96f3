using System.Runtime.InteropServices;

namespace Picket.Agent.Ingest.Libav;

/// <summary>
/// libavformat: opening and reading of containers and RTSP. Functions return 0 or more on success, a negative AVERROR
/// otherwise (see <see cref="AvError"/>).
/// </summary>
internal static unsafe partial class AvFormat
{
    private const string Library = "avformat";

    [LibraryImport(Library, EntryPoint = "avformat_version")]
    internal static partial uint Version();

    /// <returns>A new AVFormatContext, or 0 when memory is exhausted.</returns>
    [LibraryImport(Library, EntryPoint = "avformat_alloc_context")]
    internal static partial nint AllocContext();

    /// <summary>Opens <paramref name="url"/>; on failure it frees the context and sets it to 0.</summary>
    [LibraryImport(Library, EntryPoint = "avformat_open_input", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int OpenInput(ref nint context, string url, nint inputFormat, ref nint options);

    [LibraryImport(Library, EntryPoint = "avformat_find_stream_info")]
    internal static partial int FindStreamInfo(FormatContextHandle context, nint options);

    [LibraryImport(Library, EntryPoint = "avformat_close_input")]
    internal static partial void CloseInput(ref nint context);

    /// <summary>Reads the next packet; may return the parser's held packet once after an interrupt.</summary>
    [LibraryImport(Library, EntryPoint = "av_read_frame")]
    internal static partial int ReadFrame(FormatContextHandle context, PacketHandle packet);

    /// <returns>The index of the stream of the media type (0 = video), or a negative AVERROR.</returns>
    [LibraryImport(Library, EntryPoint = "av_find_best_stream")]
    internal static partial int FindBestStream(
        FormatContextHandle context, int type, int wanted, int related, out nint decoder, int flags);

    /// <returns>The side data, lent by the stream, or 0 when it has none of this type.</returns>
    [LibraryImport(Library, EntryPoint = "av_stream_get_side_data")]
    internal static partial int* StreamSideData(nint stream, int type, out nuint size);

    /// <returns>The stream's frame rate as numerator and denominator, 0/1 when unknown.</returns>
    [LibraryImport(Library, EntryPoint = "av_guess_frame_rate")]
    internal static partial AvRational GuessFrameRate(FormatContextHandle context, nint stream, nint frame);
}
