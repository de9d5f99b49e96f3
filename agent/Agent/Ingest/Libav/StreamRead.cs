namespace Picket.Agent.Ingest.Libav;

/// <summary>How a read from a <see cref="LibavStream"/> ended.</summary>
internal enum StreamRead
{
    Picture,
    End,

    /// <summary>By the deadline or the caller's token; the stream is only to be disposed.</summary>
    Interrupted,

    /// <summary>Packets come, but no picture came of them in time.</summary>
    NoPicture,

    /// <summary>With <see cref="LibavStream.Error"/>; the stream is only to be disposed.</summary>
    Failed,
}
