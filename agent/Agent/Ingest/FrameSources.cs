namespace Picket.Agent.Ingest;

/// <summary>The one door to everything that gives frames.</summary>
internal static class FrameSources
{
    /// <summary>
    /// Opens a camera's address (<c>rtsp://...</c>), a <c>file://</c> address, or the path of a clip or picture. The
    /// caller owns the source.
    /// </summary>
    /// <exception cref="SourceException">It cannot be opened; the message says why and what to do.</exception>
    /// <exception cref="OperationCanceledException">By <paramref name="cancel"/>.</exception>
    public static IFrameSource Open(string urlOrPath, SourceOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new();
        return Scheme(urlOrPath) switch
        {
            null => FileSource.Open(urlOrPath, options, cancel),
            "file" => FileSource.Open(new Uri(urlOrPath).LocalPath, options, cancel),
            "rtsp" => RtspSource.Open(urlOrPath, options, cancel),
            "rtsps" => throw Unsupported(
                urlOrPath,
                "rtsps:// is not offered, since libavformat encrypts without checking the camera's certificate; "
                + "use rtsp:// on the camera's own network"),
            var other => throw Unsupported(
                urlOrPath,
                $"addresses of kind {other}:// are not read; give rtsp://, or the path of a clip or picture"),
        };
    }

    /// <summary>True for an address of any kind, false for the path of a file.</summary>
    public static bool IsAddress(string urlOrPath) => Scheme(urlOrPath) is not null;

    private static string? Scheme(string urlOrPath)
    {
        var end = urlOrPath.IndexOf("://", StringComparison.Ordinal);
        return end > 0 && urlOrPath.AsSpan(0, end).IndexOfAnyExcept(SchemeCharacters) < 0
            ? urlOrPath[..end].ToLowerInvariant()
            : null;
    }

    private static readonly System.Buffers.SearchValues<char> SchemeCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");

    private static SourceException Unsupported(string address, string what) =>
        new(SourceErrorKind.Unsupported, $"{CredentialMask.Mask(address)}: {what}", ExitCode.BadUsage);
}
