using System.Diagnostics;
using System.Globalization;
using Picket.Agent.Imaging;
using Spectre.Console;

namespace Picket.Bench;

/// <summary>Frame to tensor against swscale and a normalize loop; affine crop and JPEG in milliseconds. One thread,
/// contenders interleaved, 10th percentile.</summary>
/// <remarks>
/// Work of the same name is not quite the same: swscale's bilinear widens its triangle when shrinking, ours (like
/// OpenCV's) always takes the two nearest samples, at a ratio of exactly 3 even one. Area against area and ours against
/// fast_bilinear are the like-for-like rows, and are printed too.
/// </remarks>
internal static class ImagingBench
{
    private const int Width = 1920, Height = 1080;

    /// <summary>The bar: with AVX-512, this many times faster than swscale bilinear and a normalize loop.</summary>
    private const double WantedRatio = 3;

    /// <summary>What a busy neighbor may add; a processor on which another set is faster than this is one that
    /// <see cref="KernelSupport.Best"/> chooses wrongly for.</summary>
    private const double MostOfAnotherSet = 1.1;

    /// <summary>Prints the tables; 0, or 1 when the bar is missed on a machine with AVX-512.</summary>
    /// <param name="full">Five times as many rounds.</param>
    public static int Run(bool full)
    {
        var rounds = full ? 300 : 60;
        var frames = BenchFrame.MakeMoving(Width, Height, count: 8);
        var (ratio, missed) = TensorTable(frames, 640, 640, FitMode.Letterbox, rounds);
        missed |= TensorTable(frames, 640, 384, FitMode.Letterbox, rounds).Missed; // the plate detector's input
        missed |= TensorTable(frames, 320, 240, FitMode.Stretch, rounds).Missed; // the face detector's
        CropTable(frames, rounds);
        if (!KernelSupport.IsSupported(KernelIsa.Avx512))
        {
            AnsiConsole.MarkupLine("[yellow]no AVX-512 here: the bar is not tested[/]");
            return missed;
        }

        return missed
            | Bound.AtLeast("imaging: 640x640 bilinear by AVX-512, times faster than swscale + loop", ratio, WantedRatio);
    }

    // How many times faster bilinear by AVX-512 (or the best available set) was than swscale's, and whether another set than the
    // one that the node takes was clearly faster.
    private static (double Ratio, int Missed) TensorTable(BenchFrame[] frames, int width, int height, FitMode fit, int rounds)
    {
        var contenders = new List<Contender>();
        var tensor = GC.AllocateArray<float>(3 * width * height, pinned: true);
        var plan = new LetterboxPlan(Width, Height, PixelLayout.I420, width, height, fit, ResizeFilter.Bilinear);
        var peers = new[]
        {
            ("swscale bilinear + loop", Swscale.Bilinear),
            ("swscale area + loop", Swscale.Area),
            ("swscale fast_bilinear + loop", Swscale.FastBilinear),
        }.Select(peer => (Name: peer.Item1, Peer: new SwscalePeer(plan, peer.Item2))).ToArray();
        foreach (var (name, peer) in peers)
            contenders.Add(new Contender(name, frame => peer.Run(frame, tensor)));
        KernelIsa[] sets = [KernelIsa.Avx512, KernelIsa.Avx2, KernelIsa.Scalar];
        foreach (var isa in sets.Where(KernelSupport.IsSupported))
        {
            foreach (var filter in new[] { ResizeFilter.Bilinear, ResizeFilter.Area })
            {
                var letterbox = new Letterbox(
                    new LetterboxPlan(Width, Height, PixelLayout.I420, width, height, fit, filter),
                    TensorFormat.Uniform(ChannelOrder.Rgb, 1 / 255f, 0),
                    isa);
                contenders.Add(new Contender($"Picket {isa} {filter}", frame => letterbox.Run(frame.Planes, tensor)));
            }
        }

        contenders.Add(new Contender("limit: write the tensor alone", _ => tensor.AsSpan().Fill(0.5f)));
        Measure(contenders, frames, rounds);
        foreach (var (_, peer) in peers) peer.Dispose();
        var baseline = contenders[0].Milliseconds;
        var table = new Table().Title($"{Width}x{Height} 4:2:0 to {width}x{height} RGB float ({fit})");
        table.AddColumns("contender", "ms", "x faster than swscale bilinear + loop");
        foreach (var contender in contenders)
        {
            table.AddRow(
                contender.Name, Text(contender.Milliseconds, "F3"), Text(baseline / contender.Milliseconds, "F2"));
        }

        AnsiConsole.Write(table);
        double TimeOf(KernelIsa isa) => contenders
            .Where(contender => contender.Name.StartsWith($"Picket {isa} ", StringComparison.Ordinal)).Sum(one => one.Milliseconds);
        var others = sets.Where(isa => KernelSupport.IsSupported(isa) && isa != KernelSupport.Best).Select(TimeOf).ToArray();
        var missed = others.Length == 0 ? 0 : Bound.AtMost(
            $"imaging: {width}x{height}, the set that the node takes ({KernelSupport.Best}), the fastest other one = 1",
            TimeOf(KernelSupport.Best) / others.Min(), MostOfAnotherSet);
        return (baseline / contenders[peers.Length].Milliseconds, missed);
    }

    private static void CropTable(BenchFrame[] frames, int rounds)
    {
        var contenders = new List<Contender>();
        var tensor = new float[3 * 112 * 112];
        byte[] chip = new byte[3 * 112 * 112], file = new byte[64 << 10];
        foreach (var shrink in new[] { 1.2f, 4f })
        {
            // A face turned by about 11 degrees.
            var map = new AffineTransform(0.98f * shrink, -0.2f * shrink, 700, 0.2f * shrink, 0.98f * shrink, 300);
            foreach (var isa in new[] { KernelIsa.Avx2, KernelIsa.Scalar }.Where(KernelSupport.IsSupported))
            {
                var crop = new AffineCrop(112, 112, TensorFormat.Uniform(ChannelOrder.Bgr, 1 / 127.5f, -1), isa: isa);
                contenders.Add(new Contender(
                    Text(shrink, "F1") + $" x shrinking crop 112x112 BGR, {isa}",
                    frame => crop.Run(frame.Planes, map, tensor)));
            }
        }

        using var encoder = new JpegEncoder();
        contenders.Add(
            new Contender("JPEG of a 112x112 chip", _ => encoder.Encode(chip, 112, 112, ChannelOrder.Rgb, file)));
        contenders.Add(new Contender("sharpness of a 112x112 gray crop", _ => Sharpness.Laplacian(chip, 112, 112)));
        Measure(contenders, frames, rounds);
        var table = new Table().Title("Crops and stills");
        table.AddColumns("work", "ms");
        foreach (var contender in contenders)
            table.AddRow(contender.Name, Text(contender.Milliseconds, "F3"));
        AnsiConsole.Write(table);
    }

    // Interleaved, so that a busy neighbor costs all alike; the frames rotate, so that no contender finds its source in
    // the cache.
    private static void Measure(List<Contender> contenders, BenchFrame[] frames, int rounds)
    {
        const int WarmUp = 30; // tiered compilation ends after this many calls
        for (var round = -WarmUp; round < rounds; round++)
        {
            foreach (var contender in contenders)
            {
                var frame = frames[(round + WarmUp) % frames.Length];
                var start = Stopwatch.GetTimestamp();
                contender.Work(frame);
                var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                if (round >= 0) contender.Times.Add(elapsed);
            }
        }
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private sealed record Contender(string Name, Action<BenchFrame> Work)
    {
        public List<double> Times { get; } = [];

        /// <summary>10th percentile: what the code costs when undisturbed.</summary>
        public double Milliseconds => Times.Order().ElementAt(Times.Count / 10);
    }
}
