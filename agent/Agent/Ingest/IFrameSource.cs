namespace Picket.Agent.Ingest;

/// <summary>A camera, a clip or a picture, read frame by frame by one thread.</summary>
/// <remarks>Shipped implementations: <c>RtspSource</c> (a camera, live clock) and <c>FileSource</c> (clips and pictures). Disposing closes the source; not to be called while <see cref="TryRead"/> runs on another thread.</remarks>
internal interface IFrameSource : IDisposable
{
    /// <summary>Blocks until the next frame is decoded into <paramref name="frame"/> (a frame rented from the caller's <see cref="FramePool"/>); false at the end of a clip.</summary>
    /// <exception cref="SourceException">The source ended its run: unreachable, refused, stalled, unreadable. Its message says what, where and what to do.</exception>
    bool TryRead(Frame frame, CancellationToken cancel);

    /// <summary>What may be printed: the address or path, credentials masked.</summary>
    string DisplayName { get; }
}
