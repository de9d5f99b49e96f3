using System.Runtime.InteropServices;

namespace Picket.Agent.Ingest.Libav;

/// <summary>libavutil: frames, option dictionaries, logging, names.</summary>
internal static unsafe partial class AvUtil
{
    private const string Library = "avutil";

    [LibraryImport(Library, EntryPoint = "avutil_version")]
    internal static partial uint Version();

    /// <returns>A new, empty AVFrame, or 0 when memory is exhausted.</returns>
    [LibraryImport(Library, EntryPoint = "av_frame_alloc")]
    internal static partial nint AllocFrame();

    [LibraryImport(Library, EntryPoint = "av_frame_free")]
    internal static partial void FreeFrame(ref nint frame);

    /// <summary>Returns the picture's planes to the decoder's pool and empties the frame.</summary>
    [LibraryImport(Library, EntryPoint = "av_frame_unref")]
    internal static partial void UnrefFrame(FrameHandle frame);

    /// <returns>The AVFrameSideData, lent by the frame, or 0 when it has none of this type.</returns>
    [LibraryImport(Library, EntryPoint = "av_frame_get_side_data")]
    internal static partial nint FrameSideData(FrameHandle frame, int type);

    /// <returns>0 or more, or a negative AVERROR.</returns>
    [LibraryImport(Library, EntryPoint = "av_dict_set", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int DictSet(ref nint dictionary, string key, string value, int flags);

    [LibraryImport(Library, EntryPoint = "av_dict_free")]
    internal static partial void DictFree(ref nint dictionary);

    /// <summary>Sets an option of a context by name.</summary>
    /// <returns>0, or a negative AVERROR for an unknown option or value.</returns>
    [LibraryImport(Library, EntryPoint = "av_opt_set", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int OptSet(CodecContextHandle context, string name, string value, int searchFlags);

    /// <summary>The same for names and values in native memory, of any context.</summary>
    [LibraryImport(Library, EntryPoint = "av_opt_set")]
    internal static partial int OptSet(nint context, byte* name, byte* value, int searchFlags);

    /// <summary>Writes the text of a logged line, as the log's callback got it, into <paramref name="line"/>, zero-terminated and cut to
    /// <paramref name="size"/>.</summary>
    /// <param name="arguments">The callback's va_list, which C passes by its address on x86-64 and arm64.</param>
    /// <param name="withPrefix">0 for the text only.</param>
    /// <returns>The length of the whole text, or negative.</returns>
    [LibraryImport(Library, EntryPoint = "av_log_format_line2")]
    internal static partial int LogFormatLine(
        nint context, int level, byte* format, nint arguments, byte* line, int size, int* withPrefix);

    /// <summary>Writes the text of an AVERROR into <paramref name="text"/>, always zero-terminated.</summary>
    /// <returns>0, or negative when the code has no text of its own.</returns>
    [LibraryImport(Library, EntryPoint = "av_strerror")]
    internal static partial int StrError(int error, byte* text, nuint size);

    /// <summary>Sets where libav's log goes; 0 means nowhere.</summary>
    [LibraryImport(Library, EntryPoint = "av_log_set_callback")]
    internal static partial void LogSetCallback(nint callback);

    /// <returns>The number of the pixel format in this version of the library, -1 when it has none of this name.</returns>
    [LibraryImport(Library, EntryPoint = "av_get_pix_fmt", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int GetPixelFormat(string name);

    /// <returns>The pixel format's name, a constant of the library, or 0 for a number out of range.</returns>
    [LibraryImport(Library, EntryPoint = "av_get_pix_fmt_name")]
    internal static partial nint GetPixelFormatName(int format);
}
