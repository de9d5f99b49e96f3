using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Picket.Agent.Ingest;

namespace Picket.Bench;

/// <summary>What decoding a clip in our own process costs, against the ffmpeg program doing nothing else.</summary>
/// <remarks>
/// CPU seconds, user and system: of ours by the process's own clock around opening, decoding and closing the clip, all
/// threads (the runtime's too) included, after one warm-up; of ffmpeg by its <c>-benchmark</c>, which covers its
/// process from start to end. Its start-up, which ours does not have, is measured as well (the same command for one
/// frame, so with its probing of the clip, which ours does have) and both ratios are printed; the limit holds for the
/// plain one. Pairs are interleaved, in alternating order, so that other work on the machine hits both alike.
/// </remarks>
internal static partial class DecodeBench
{
    /// <summary>Handing over a picture costs next to nothing; 5 % is the noise of a shared machine.</summary>
    private const double Limit = 1.05;

    /// <summary>Measures <paramref name="pairs"/> pairs on <paramref name="clip"/> and prints them.</summary>
    /// <returns>0 when the median ratio is within the limit, else 1.</returns>
    public static int Run(string clip, int pairs)
    {
        var (frames, _) = Ours(clip); // warm-up: the JIT's work is not decoding
        var ratios = new double[pairs];
        var without = new double[pairs];
        Console.WriteLine($"decode {Path.GetFileName(clip)}, {frames} frames, one thread, CPU seconds:");
        for (var i = 0; i < pairs; i++)
        {
            var startUp = Ffmpeg(clip, "-frames:v", "1");
            double theirs, ours;
            if (i % 2 == 0)
            {
                theirs = Ffmpeg(clip);
                ours = Ours(clip).Seconds;
            }
            else
            {
                ours = Ours(clip).Seconds;
                theirs = Ffmpeg(clip);
            }
            ratios[i] = ours / theirs;
            without[i] = ours / (theirs - startUp);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  picket {ours:F3}  ffmpeg {theirs:F3} (of it start-up and probing {startUp:F3})  "
                + $"ratio {ratios[i]:F3} (without those {without[i]:F3})"));
        }
        var median = Median(ratios);
        var frameMilliseconds = 1000 * Ours(clip).Seconds / frames;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  median ratio {median:F3}; without ffmpeg's start-up and probing "
            + $"{Median(without):F3}; {frameMilliseconds:F2} ms a frame"));
        return Bound.AtMost("decode: CPU, ffmpeg = 1", median, Limit);
    }

    private static (int Frames, double Seconds) Ours(string clip)
    {
        using var self = Process.GetCurrentProcess();
        var before = self.TotalProcessorTime;
        var frames = 0;
        using (var pool = new FramePool(1))
        using (var source = FileSource.Open(clip, new()))
        using (var frame = pool.Rent())
        {
            while (source.TryRead(frame, CancellationToken.None)) frames++;
        }
        self.Refresh();
        return (frames, (self.TotalProcessorTime - before).TotalSeconds);
    }

    private static double Ffmpeg(string clip, params string[] more)
    {
        var start = new ProcessStartInfo(
            "ffmpeg",
            [
                "-nostdin", "-nostats", "-threads", "1", "-benchmark", "-i", "file:" + clip,
                "-an", .. more, "-f", "null", "-",
            ])
        {
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var log = process.StandardError.ReadToEnd();
        process.WaitForExit();
        var match = BenchmarkLine().Match(log);
        if (process.ExitCode != 0 || !match.Success)
            throw new InvalidOperationException($"ffmpeg failed on {clip}: {log}");
        return Seconds(match.Groups[1]) + Seconds(match.Groups[2]);
    }

    private static double Seconds(Group text) => double.Parse(text.Value, CultureInfo.InvariantCulture);

    private static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    [GeneratedRegex(@"bench: utime=([0-9.]+)s stime=([0-9.]+)s")]
    private static partial Regex BenchmarkLine();
}
