using System.Runtime.InteropServices;
using System.Text;

namespace Picket.Agent.Ingest.Libav;

/// <summary>The AVERROR codes this program distinguishes, and the text of all codes.</summary>
internal static class AvError
{
    // libavutil/error.h: FFERRTAG is the negated tag of four bytes, little-endian; the others are negated errno values.
    internal const int EndOfFile = -541478725;
    internal const int StreamNotFound = -1381258232;
    internal const int DecoderNotFound = -1128613112;
    internal const int Unauthorized = -825242872;
    internal const int Forbidden = -858797304;
    internal const int NotFound = -875574520;
    internal const int TryAgain = -11;
    internal const int NoMemory = -12;
    internal const int ConnectionRefused = -111;

    /// <summary>
    /// The library's own text for <paramref name="error"/>, such as "Invalid data found when processing input".
    /// </summary>
    public static unsafe string Describe(int error)
    {
        var text = stackalloc byte[128];
        return AvUtil.StrError(error, text, 128) < 0
            ? $"error {error}"
            : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
    }

    /// <summary>Throws when a call failed that can only fail for lack of memory or through our own mistake.</summary>
    public static void ThrowIfNegative(int result, string call)
    {
        if (result == NoMemory) throw new OutOfMemoryException($"{call}: out of memory");
        if (result < 0) throw new InvalidOperationException($"{call} failed: {Describe(result)}");
    }
}

/// <summary>
/// Opening a stream failed; the source that requested it turns this into a <see cref="SourceException"/> in its own words.
/// </summary>
internal sealed class LibavException(int code, bool interrupted, string? codec = null)
    : Exception(AvError.Describe(code))
{
    /// <summary>The AVERROR; meaningless when <see cref="Interrupted"/>.</summary>
    public int Code { get; } = code;

    /// <summary>The time limit passed or the caller canceled.</summary>
    public bool Interrupted { get; } = interrupted;

    /// <summary>The codec of the stream, if that is what is not supported.</summary>
    public string? Codec { get; } = codec;
}
