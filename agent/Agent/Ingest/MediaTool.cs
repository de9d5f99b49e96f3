using System.Globalization;
using FFMpegCore;
using FFMpegCore.Exceptions;

namespace Picket.Agent.Ingest;

/// <summary>The machine's ffmpeg and ffprobe programs, via FFMpegCore: file contents, stills, cuts, and the clips of demo and tests. None
/// of it is on a frame's path: cameras are decoded in this process.</summary>
/// <remarks>Files only, no addresses. Every account on the machine can read arguments, and passed any other way, a camera's password is no
/// safer: ffprobe 5.1 sends it to whatever host the camera redirects to (tested), which <see cref="RtspRedirect"/> prevents for the
/// node.</remarks>
internal static class MediaTool
{
    /// <summary>FFMpegCore keeps everything that ffmpeg writes to standard error, in lines of at most 1 kB: so at most 1 MB. A run that
    /// complains more often is ended; its output would be useless.</summary>
    private const int MaxComplaints = 1000;

    /// <summary>ffprobe reads at most the first 5 s of a file; if it takes this long, a disk or share hangs.</summary>
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
            throw new PicketException($"{film}: ffprobe did not finish within {ProbeLimit.TotalSeconds:F0} s");
        }
        catch (FFMpegException e)
        {
            var cause = e is FFProbeProcessException { StandardError: [.., var last] } ? last : e.Message;
            throw new PicketException($"{film}: ffprobe can't read it: {cause}", inner: e);
        }
    }

    /// <summary>One picture from a file.</summary>
    /// <param name="at">From its start.</param>
    /// <exception cref="PicketException">As <see cref="MakeAsync"/>.</exception>
    public static Task StillAsync(string film, TimeSpan at, string picture, CancellationToken cancel) =>
        MakeAsync([film], ["-frames:v", "1", "-q:v", "2"], picture, null, cancel, at);

    /// <summary>A part of a file as it is, without encoding: it starts with the key picture at or before <paramref name="from"/>.</summary>
    /// <exception cref="PicketException">As <see cref="MakeAsync"/>.</exception>
    public static Task CutAsync(string film, TimeSpan from, TimeSpan length, string target, CancellationToken cancel) =>
        MakeAsync([film], ["-t", Seconds(length), "-c", "copy", "-an"], target, null, cancel, from);

    /// <summary>Makes a file from others, with ffmpeg's own options.</summary>
    /// <param name="arguments">What goes between the inputs and the target.</param>
    /// <param name="onFrame">Gets the count of frames written, several times a second, on any thread.</param>
    /// <param name="begin">Where to begin in the first film.</param>
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

    /// <summary>A clip that ffmpeg draws from a filter graph without inputs, whose output is <c>[out]</c>.</summary>
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
                .CancellableThrough(ending.Token, TimeSpan.Zero) // immediately: half a file is useless
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

    /// <summary>Where FFMpegCore finds the programs: its own lookup also reads a file in the current folder.</summary>
    /// <param name="path">Folders, in PATH format.</param>
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
        if (FrameSources.IsAddress(film)) throw new PicketException("ffmpeg is only given files here, not addresses");
        if (!File.Exists(film)) throw new PicketException($"{film}: no such file");
        // Absolute, so that no name is taken for an option or protocol.
        return Quotable(Path.GetFullPath(film));
    }

    /// <summary>FFMpegCore quotes a path verbatim: one that contains a quote would end there, and the rest would be parsed as
    /// options.</summary>
    private static string Quotable(string text) => !text.Contains('"') && !text.EndsWith('\\')
        ? text
        : throw new PicketException($"{text}: a file name for ffmpeg must not contain a quote or end with a backslash");

    private static string Joined(IEnumerable<string> arguments) =>
        string.Join(' ', arguments.Select(argument => $"\"{Quotable(argument)}\""));

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}

/// <summary>What ffprobe reports about the picture in a file.</summary>
/// <param name="Codec">As ffmpeg calls it: h264, hevc, mjpeg.</param>
/// <param name="FramesPerSecond">As the stream declares; 0 if it doesn't.</param>
/// <param name="Duration">Zero if the file doesn't state it.</param>
internal sealed record MediaFacts(
    string Codec, int Width, int Height, string PixelFormat, double FramesPerSecond, TimeSpan Duration);
