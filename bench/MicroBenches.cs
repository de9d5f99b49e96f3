using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Picket.Agent.Faces;
using Picket.Agent.Track;

namespace Picket.Bench;

/// <summary>
/// Micro benches of the rooms' inner loops, with bytes allocated; in this process, since the weights and libraries are
/// found from here.
/// </summary>
[MemoryDiagnoser]
public class MicroBenches
{
    private const int Dimensions = 512;
    private readonly Detection[] _crowd = new Detection[32];
    private readonly ByteTracker _tracker = new();
    private readonly float[] _probe = new float[Dimensions];
    private FaceGallery _gallery = null!;
    private TimeSpan _time;

    /// <summary>People on the list, one embedding each.</summary>
    [Params(1_000, 10_000)]
    public int People { get; set; }

    /// <returns>The exit code.</returns>
    internal static int Run()
    {
        var config = ManualConfig.CreateMinimumViable()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
        return BenchmarkRunner.Run<MicroBenches>(config).HasCriticalValidationErrors ? 1 : 0;
    }

    [GlobalSetup]
    public void SetUp()
    {
        var random = new Random(1);
        float[] Unit()
        {
            var v = new float[Dimensions];
            for (var i = 0; i < v.Length; i++) v[i] = random.NextSingle() - 0.5f;
            var length = MathF.Sqrt(v.Sum(x => x * x));
            return [.. v.Select(x => x / length)];
        }
        _gallery = new FaceGallery(Dimensions, [.. Enumerable.Range(0, People).Select(i => ($"person {i}", Unit()))]);
        Unit().CopyTo(_probe, 0);
        for (var i = 0; i < _crowd.Length; i++) _crowd[i] = new Detection(i % 8 * 200, i / 8 * 200, 80, 110, 0.9f);
    }

    /// <summary>One face against the whole list.</summary>
    [Benchmark]
    public float SearchList() => _gallery.Search(_probe).Similarity;

    /// <summary>32 faces followed over one frame.</summary>
    [Benchmark]
    public int TrackCrowd()
    {
        _time += TimeSpan.FromMilliseconds(40);
        _tracker.Update(_crowd, _time);
        return _tracker.Objects.Count;
    }
}
