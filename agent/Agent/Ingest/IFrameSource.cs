namespace Picket.Agent.Ingest;

/// <summary>A camera, a clip or a picture, read frame by frame by one thread.</summary>
/// <remarks>
/// Shipped implementations: <see cref="RtspSource"/> (a camera, live clock) and <see cref="FileSource"/> (clips and
/// pictures). Disposing closes the source, within a second; don't call it while <see cref="TryRead"/> runs on another thread.
/// </remarks>
internal interface IFrameSource : IDisposable
{
    /// <summary>
    /// Blocks until the next frame is decoded into <paramref name="frame"/> (a frame rented from the caller's
    /// <see cref="FramePool"/>, which stays the caller's); false at the end of a clip.
    /// </summary>
    /// <exception cref="SourceException">The source has failed: unreachable, refused, stalled, unreadable. The message says what, where and
    /// what to do. The source can then only be disposed.</exception>
    /// <exception cref="OperationCanceledException">By <paramref name="cancel"/>; the source can then only be disposed.</exception>
    bool TryRead(Frame frame, CancellationToken cancel);

    /// <summary>What may be printed: the address or path, credentials masked.</summary>
    string DisplayName { get; }

    /// <summary>
    /// How much is decoded; may be changed from any thread at any time. A single picture is always decoded in full.
    /// </summary>
    DecodeEffort Effort { get; set; }

    /// <summary>Compressed video bytes read so far.</summary>
    long BytesRead { get; }

    /// <summary>Packets that the decoder refused so far.</summary>
    long BadPackets { get; }
}

/// <summary>
/// How much of a stream is decoded: the rungs of the overload ladder, each cheaper than the one before.
/// </summary>
internal enum DecodeEffort
{
    Full,

    /// <summary>
    /// Without the loop filter: about 80 to 85 % of the cost; small errors, cleared by each key frame.
    /// </summary>
    NoLoopFilter,

    /// <summary>Also without frames that no other frame references: a third fewer frames in streams that have them.</summary>
    ReferencesOnly,

    /// <summary>Key frames only: about an eighth of the cost.</summary>
    KeyFramesOnly,
}
