namespace Picket.Agent.Ingest.Libav;

/// <summary>
/// Opening a stream failed; the source that asked for it turns this into a <see cref="SourceException"/> with its own
/// words.
/// </summary>
internal sealed class LibavException(int code, bool interrupted, string? codec = null)
    : Exception(AvError.Describe(code))
{
    /// <summary>The AVERROR; it means nothing when <see cref="Interrupted"/>.</summary>
    public int Code { get; } = code;

    /// <summary>The time limit passed or the caller canceled.</summary>
    public bool Interrupted { get; } = interrupted;

    /// <summary>The codec of the stream, when it was that which is not read here.</summary>
    public string? Codec { get; } = codec;
}
