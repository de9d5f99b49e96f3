using Picket.Agent.Infer;
using Picket.Agent.Ingest;
using Picket.Agent.Plates;
using Picket.Agent.Track;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Plates;

/// <summary>The shipped detectors on real pictures whose plates were marked by hand (data/README.md).</summary>
public sealed class PlateModelTests : IDisposable
{
    private readonly FramePool _pool = new(1);
    private readonly PlateDetection[] _found = new PlateDetection[64];

    public void Dispose()
    {
        Assert.Equal(0, _pool.Outstanding);
        _pool.Dispose();
    }

    [SharedDataTheory]
    [InlineData(PlateDetector.ModelId)]
    [InlineData(PlateDetector.SmallModelId)]
    public void Detect_MarkedPlates_AreFoundOnceEach(string id)
    {
        using var model = ModelCatalog.Open(Repository.Path("artifacts", "models")).Load(id);
        using var detector = new PlateDetector(model);
        var folder = Repository.Shared("plates", "train");
        var marked = FacePack.Rows(Path.Combine(folder, "manifest.csv"))
            .Where(row => row["path"].StartsWith("misc_scene/", StringComparison.Ordinal));
        Assert.Equal(5, marked.Count());
        foreach (var row in marked)
        {
            var plate = new Detection(Number(row["x"]), Number(row["y"]), Number(row["w"]), Number(row["h"]), 1);
            foreach (var grid in (int[])[1, 2])
            {
                var found = Find(detector, Path.Combine(folder, row["path"]), grid);
                Assert.Single(found, box => box.Box.IoU(plate) >= 0.4f);
                Assert.DoesNotContain(found, box => box.Box.IoU(plate) is > 0.1f and < 0.4f);
            }
        }
    }

    private PlateDetection[] Find(PlateDetector detector, string path, int grid)
    {
        using var source = FrameSources.Open(path);
        using var frame = _pool.Rent();
        Assert.True(source.TryRead(frame, default));
        return _found[..detector.Detect(frame.Planes, _found, grid, halved: true)];
    }

    private static float Number(string text) =>
        float.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
