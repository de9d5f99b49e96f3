using Picket.Agent.Config;

namespace Picket.Agent.Ingest;

/// <summary>The single entry point to everything that delivers frames.</summary>
internal static class FrameSources
{
    /// <summary>
    /// Opens a camera's address (<c>rtsp://...</c>), a <c>file://</c> address, or the path of a clip or picture. The
    /// caller owns the source.
    /// </summary>
    /// <exception cref="SourceException">It can't be opened; the message says why and what to do.</exception>
    /// <exception cref="OperationCanceledException">By <paramref name="cancel"/>.</exception>
    public static IFrameSource Open(string urlOrPath, SourceOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new();
        if (CameraAddress.Complaint(urlOrPath) is { } complaint)
        {
            throw new SourceException(SourceErrorKind.Unsupported, $"{options.Address} {complaint}", ExitCode.BadUsage);
        }
        return CameraAddress.SchemeOf(urlOrPath) switch
        {
            null => FileSource.Open(urlOrPath, options, cancel),
            "file" => FileSource.Open(CameraAddress.FilePath(urlOrPath)!, options, cancel),
            _ => RtspSource.Open(urlOrPath, options, cancel),
        };
    }

    /// <summary>
    /// Opens a camera of the node as configured. Its password is reread for each connection: it may arrive late or change.
    /// </summary>
    /// <exception cref="SourceException">It can't be opened, or lacks a password where one is required.</exception>
    /// <exception cref="OperationCanceledException">By <paramref name="cancel"/>.</exception>
    public static IFrameSource OpenCamera(CameraConfig camera, TimeProvider time, CancellationToken cancel)
    {
        string? password;
        try
        {
            password = camera.Password?.Read();
        }
        catch (PicketException e)
        {
            throw new SourceException(SourceErrorKind.NotFound, $"camera {camera.Name}: {e.Message}");
        }
        var options = new SourceOptions
        {
            Name = camera.Name,
            User = camera.User,
            Password = password,
            RealTime = true,
            Time = time,
        };
        return Open(camera.Url, options, cancel);
    }

    /// <summary>True for an address of any kind, false for the path of a file.</summary>
    public static bool IsAddress(string urlOrPath) => CameraAddress.SchemeOf(urlOrPath) is not null;
}
