using Picket.Agent.Infer;
using Picket.Agent.Ingest;
using Picket.Agent.Plates;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Plates;

public sealed class PlateTrackTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    // A whole shot is then clearly better, and is looked at when it comes.
    [FfmpegFact]
    public async Task Wants_DamagedFrame_IsWorthHalf()
    {
        var clip = _temp.File("clip.mp4");
        await PlateScene.WriteAsync(
            clip, 0.3, [new PlateScene.Vehicle("LEB 4821", 0, 1, $"{PlateScene.X}", $"{PlateScene.Y}")]);
        using var models = PlateModels.Load(ModelCatalog.Open(Repository.Path("artifacts", "models")));
        using var detector = models.CreateDetector();
        using var reader = models.CreateReader();
        using var source = FrameSources.Open(clip);
        using var pool = new FramePool(1);
        using var frame = pool.Rent();
        Assert.True(source.TryRead(frame, CancellationToken.None));
        var found = new PlateDetection[1];
        Assert.Equal(1, detector.Detect(frame.Planes, found));

        Assert.True(new PlateTrack().Wants(reader, frame, found[0], out var whole));
        frame.Corrupt = true;
        Assert.True(new PlateTrack().Wants(reader, frame, found[0], out var damaged));

        Assert.InRange(whole, 0.1f, 1);
        Assert.Equal(whole / 2, damaged, 0.001f);
    }
}
