using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Picket.Agent.Cli.Demo;

/// <summary>Runs the <c>ffmpeg</c> program; only for making clips, cameras are decoded in-process.</summary>
internal static class FfmpegProgram
{
    private const int ErrorNoSuchFile = 2; // ENOENT

    /// <summary>What is kept of ffmpeg's complaints: its last line names the cause.</summary>
    private const int MaxErrorLines = 20;

    /// <summary>Runs to the end; canceled, it ends the process and waits for that.</summary>
    /// <param name="onFrame">Told the count of frames written, some times a second.</param>
    /// <exception cref="PicketException">Not installed (<see cref="ExitCode.PartMissing"/>), or it failed.</exception>
    public static async Task RunAsync(
        IEnumerable<string> arguments, string workingFolder, Action<int> onFrame, CancellationToken ct)
    {
        using var process = Start(arguments, workingFolder);
        try
        {
            var errors = ReadErrorsAsync(process.StandardError, ct);
            while (await process.StandardOutput.ReadLineAsync(ct) is { } line)
            {
                if (line.StartsWith("frame=", StringComparison.Ordinal)
                    && int.TryParse(line.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out var frame))
                    onFrame(frame);
            }
            await process.WaitForExitAsync(ct);
            if (process.ExitCode != 0)
            {
                var cause = (await errors).LastOrDefault() ?? "it gave no reason";
                throw new PicketException($"ffmpeg could not make a demo clip (exit code {process.ExitCode}): {cause}");
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private static Process Start(IEnumerable<string> arguments, string workingFolder)
    {
        var start = new ProcessStartInfo(
            "ffmpeg", ["-nostdin", "-v", "error", "-nostats", "-progress", "pipe:1", "-y", .. arguments])
        {
            WorkingDirectory = workingFolder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException("ffmpeg was not started");
        }
        catch (Win32Exception e) when (e.NativeErrorCode == ErrorNoSuchFile)
        {
            throw new PicketException(
                "the program ffmpeg, which makes the demo's clips, is missing: apt install ffmpeg",
                ExitCode.PartMissing,
                e);
        }
    }

    private static async Task<Queue<string>> ReadErrorsAsync(StreamReader reader, CancellationToken ct)
    {
        var lines = new Queue<string>();
        while (await reader.ReadLineAsync(ct) is { } line)
        {
            lines.Enqueue(line);
            if (lines.Count > MaxErrorLines) lines.Dequeue();
        }
        return lines;
    }
}
