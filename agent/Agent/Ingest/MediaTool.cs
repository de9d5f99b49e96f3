using System.Globalization;
using FFMpegCore;
using FFMpegCore.Exceptions;

namespace Picket.Agent.Ingest;

/// <summary>The machine's ffmpeg and ffprobe programs, by FFMpegCore: what is in a file, stills, cuts, and the clips of demo
/// and tests. Nothing of it is on a frame's way: cameras are decoded in this process.</summary>
/// <remarks>Files alone, no addresses. Arguments can be read by every account of the machine, and handed over otherwise a
/// camera's password is no safer: ffprobe 5.1 sends it to whatever host the camera redirects to (tried), which
/// <see cref="RtspRedirect"/> prevents for the node.</remarks>
internal static class MediaTool
{
    /// <summary>FFMpegCore keeps all that ffmpeg writes to standard error, a line of at most 1 kB each: so at most 1 MB. A run
    /// that complains more often is ended; what it would make is of no use.</summary>
    private const int MaxComplaints = 1000;

    /// <summary>ffprobe reads at most the first 5 s of a file; over this long a disk or a share hangs.</summary>
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(30);

    /// <summary>What is in a file.</summary>
    /// <exception cref="PicketException">ffprobe is missing (<see cref="ExitCode.PartMissing"/>), or the file can't be read or
    /// has no picture.</exception>
    public static async Task<MediaFacts> ProbeAsync(string film, CancellationToken cancel)
    {
        var programs = Programs("ffprobe", Environment.GetEnvironmentVariable("PATH"));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(ProbeLimit);
        try
        {
            var found = await FFProbe.AnalyseAsync(Named(film), programs, cancellationToken: limit.Token);
            if (found.PrimaryVideoStream is not { Width: { } width, Height: { } height } picture)
                throw new PicketException($"{film}: there is no picture in it");
            return new MediaFacts(
                picture.CodecName ?? "", width, height, picture.PixelFormat ?? "", (double?)picture.AverageFrameRate ?? 0,
                found.Duration);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new PicketException($"{film}: ffprobe learned nothing of it within {ProbeLimit.TotalSeconds:F0} s");
        }
        catch (FFMpegException e)
        {
            var cause = e is FFProbeProcessException { StandardError: [.., var last] } ? last : e.Message;
            throw new PicketException($"{film}: ffprobe can't read it: {cause}", inner: e);
        }
    }

    /// <summary>One picture of a file.</summary>
    /// <param name="at">From its beginning.</param>
    /// <exception cref="PicketException">As <see cref="MakeAsync"/>.</exception>
    public static Task StillAsync(string film, TimeSpan at, string picture, CancellationToken cancel) =>
        MakeAsync([film], ["-frames:v", "1", "-q:v", "2"], picture, null, cancel, at);

    /// <summary>A part of a file as it is, without encoding: it begins with the key picture at or before
    /// <paramref name="from"/>.</summary>
    /// <exception cref="PicketException">As <see cref="MakeAsync"/>.</exception>
    public static Task CutAsync(string film, TimeSpan from, TimeSpan length, string target, CancellationToken cancel) =>
        MakeAsync([film], ["-t", Seconds(length), "-c", "copy", "-an"], target, null, cancel, from);

    /// <summary>A file out of others, by ffmpeg's own options.</summary>
    /// <param name="arguments">What stands between the inputs and the target.</param>
    /// <param name="onFrame">Told the count of frames written, some times a second, on any thread.</param>
    /// <param name="begin">Where in the first film to begin.</param>
    /// <exception cref="PicketException">ffmpeg is missing (<see cref="ExitCode.PartMissing"/>), or it failed.</exception>
    public static Task MakeAsync(
        IReadOnlyList<string> films, IEnumerable<string> arguments, string target, Action<int>? onFrame, CancellationToken cancel,
        TimeSpan begin = default)
    {
        var inputs = begin > TimeSpan.Zero
            ? FFMpegArguments.FromFileInput(
                Named(films[0]), verifyExists: false, input => input.WithCustomArgument($"-ss {Seconds(begin)}"))
            : FFMpegArguments.FromFileInput(Named(films[0]), verifyExists: false);
        foreach (var film in films.Skip(1)) inputs = inputs.AddFileInput(Named(film), verifyExists: false);
        return RunAsync(inputs, arguments, target, onFrame, cancel);
    }

    /// <summary>A clip that ffmpeg draws, by a filter graph without inputs, whose output is <c>[out]</c>.</summary>
    /// <exception cref="PicketException">As <see cref="MakeAsync"/>.</exception>
    public static Task DrawAsync(
        string graph, IEnumerable<string> arguments, string target, Action<int>? onFrame, CancellationToken cancel) =>
        RunAsync(
            FFMpegArguments.FromFileInput(Quotable(graph), verifyExists: false, input => input.ForceFormat("lavfi")), arguments,
            target, onFrame, cancel);

    private static async Task RunAsync(
        FFMpegArguments inputs, IEnumerable<string> arguments, string target, Action<int>? onFrame, CancellationToken cancel)
    {
        var programs = Programs("ffmpeg", Environment.GetEnvironmentVariable("PATH"));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var complaints = 0;
        var cause = "it gave no reason";
        void Complained(string line)
        {
            if (line.Length == 0) return;
            Volatile.Write(ref cause, line);
            if (Interlocked.Increment(ref complaints) == MaxComplaints) ending.Cancel();
        }
        void Progressed(string line)
        {
            if (line.StartsWith("frame=", StringComparison.Ordinal)
                && int.TryParse(line.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out var frame))
                onFrame?.Invoke(frame);
        }
        string[] all = ["-nostdin", "-v", "error", "-nostats", "-progress", "pipe:1", .. arguments];
        try
        {
            var result = await inputs
                .OutputToFile(Quotable(Path.GetFullPath(target)), overwrite: true, output => output.WithCustomArgument(Joined(all)))
                .NotifyOnStandardError(Complained)
                .NotifyOnStandardOutput(Progressed)
                .CancellableThrough(ending.Token, TimeSpan.Zero) // at once: half a file is of no use
                .ProcessAsynchronously(throwOnError: false, programs);
            cancel.ThrowIfCancellationRequested();
            if (result.Cancelled)
            {
                throw new PicketException(
                    $"ffmpeg complained {MaxComplaints} times while it made {target}, and was ended: {Volatile.Read(ref cause)}");
            }
            if (!result.Success)
            {
                throw new PicketException(
                    $"ffmpeg could not make {target} (exit code {result.ExitCode}): {Volatile.Read(ref cause)}");
            }
        }
        catch (FFMpegException e)
        {
            throw new PicketException($"ffmpeg could not make {target}: {e.Message}", inner: e);
        }
    }

    /// <summary>Where FFMpegCore finds the programs: its own look-up reads a file of the current folder, too.</summary>
    /// <param name="path">Folders, as PATH has them.</param>
    internal static FFOptions Programs(string program, string? path)
    {
        var folder = (path ?? "").Split(Path.PathSeparator)
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, program)));
        return folder is not null
            ? new FFOptions { BinaryFolder = folder }
            : throw new PicketException($"the program {program} is missing: apt install ffmpeg", ExitCode.PartMissing);
    }

    private static string Named(string film)
    {
        if (FrameSources.IsAddress(film)) throw new PicketException("ffmpeg is given files alone here, and no addresses");
        if (!File.Exists(film)) throw new PicketException($"{film}: no such file");
        // From the root, so that no name is taken for an option or a protocol.
        return Quotable(Path.GetFullPath(film));
    }

    /// <summary>FFMpegCore puts a path between quotes as it is: one that has a quote of its own would end there, and go on as
    /// options.</summary>
    private static string Quotable(string text) => !text.Contains('"') && !text.EndsWith('\\')
        ? text
        : throw new PicketException($"{text}: the name of a file for ffmpeg must have no quote and end with no backslash");

    private static string Joined(IEnumerable<string> arguments) =>
        string.Join(' ', arguments.Select(argument => $"\"{Quotable(argument)}\""));

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}

/// <summary>What ffprobe says of the picture in a file.</summary>
/// <param name="Codec">As ffmpeg calls it: h264, hevc, mjpeg.</param>
/// <param name="FramesPerSecond">As the stream declares it; 0 where it says nothing.</param>
/// <param name="Duration">Zero where the file says nothing.</param>
internal sealed record MediaFacts(
    string Codec, int Width, int Height, string PixelFormat, double FramesPerSecond, TimeSpan Duration);
