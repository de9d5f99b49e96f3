using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Faces;
using Picket.Agent.Infer;
using Picket.Agent.Ingest;
using Picket.Agent.Outbox;
using Picket.Agent.Pipeline;
using Picket.Agent.Plates;
using Picket.Agent.Telemetry;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Agent.Faces;

/// <summary>
/// What a camera's face lane decides on scenes of real faces: franck and sean are on the list, audrey is not. The
/// pipeline is made as the node makes it, and shown five frames a second.
/// </summary>
public sealed class FaceLaneTests : IAsyncDisposable
{
    private const string Listed = "franck_02221.jpg", Stranger = "audrey.jpg";
    private static readonly ModelCatalog Catalog = ModelCatalog.Open(Repository.Path("artifacts", "models"));
    private readonly TempFolder _temp = new();
    private readonly FaceScene _scene = new();
    private readonly LatestFrame _slot = new();
    private readonly SemaphoreSlim _slots = new(1);
    private readonly FramePool _pool = new(FramePool.PerCamera);
    private readonly CameraTelemetry _telemetry = new();
    private readonly OutboxStore _outbox;
    private readonly EventSink _sink;
    private readonly CameraPipeline _pipeline;
    private long _frames;

    public FaceLaneTests()
    {
        _outbox = OutboxStore.Open(_temp.Path, "node-1", new OutboxConfig(), TimeProvider.System, NullLogger.Instance);
        _sink = new EventSink(_outbox, NullLogger.Instance);
        Directory.CreateDirectory(_temp.File("list/franck"));
        File.Copy(FaceScene.Media("franck_01829.jpg"), _temp.File("list/franck/1.jpg"));
        Directory.CreateDirectory(_temp.File("list/sean"));
        File.Copy(FaceScene.Media("SeanConnery.jpg"), _temp.File("list/sean/1.jpg"));
        var camera = new CameraConfig { Name = "c1", Url = "" };
        var config = new NodeConfig { Node = "node-1", StateFolder = _temp.Path, Cameras = [camera] };
        var list = FaceListSource.Load(
            new FaceListConfig { Folder = _temp.File("list") }, FacePack.Models, CancellationToken.None);
        var plates = PlateWatch.Load(config, Catalog);
        _pipeline = CameraPipeline.Create(
            camera, _slot, new FaceWatch(FacePack.Models, list), plates, _sink, _telemetry, _slots);
    }

    public async ValueTask DisposeAsync()
    {
        _pipeline.Dispose();
        await _outbox.DisposeAsync();
        Assert.Equal(0, _pool.Outstanding);
        _pool.Dispose();
        _slot.Dispose();
        _slots.Dispose();
        _scene.Dispose();
        _temp.Dispose();
    }

    // The stranger was seen beside, and is not found just now: a patch stands for a face that the detector misses.
    [Fact]
    public async Task Look_StrangerKnownButNotFoundJustNow_IsPaintedOverInTheCrop()
    {
        var stranger = _scene.Paste(FaceScene.Media(Stranger), 90, 385, 180, around: 0.1f);
        Show(0.4);
        _scene.Clear();
        for (var x = 0; x < 120; x += 8)
        {
            for (var y = 0; y < 120; y += 8) _scene.Cover(stranger.X + x, stranger.Y + y, 8, 8, (byte)((x + y) % 16 == 0 ? 15 : 240));
        }
        _scene.Paste(FaceScene.Media(Listed), 90, 330, 180, around: 0.02f);
        Show(0.8);

        var events = await CommittedAsync();
        Assert.Equal("franck", events[0].Body.Face!.Person);
        File.WriteAllBytes(_temp.File("crop.jpg"), _outbox.Reader.ReadPendingCrop(0)!.Value.Jpeg);
        using var shown = FaceScene.Open(_temp.File("crop.jpg"), _pool);
        var box = events[0].Body.Face!.Box;
        var scale = 200 / (box[3] * 1.5f);
        var planes = shown.Planes;
        // Just right of the matched box, at the height of its middle: inside the head's outline, and the stranger's.
        for (var x = (int)(80 + (box[2] / 2 + 2) * scale); x < 80 + box[2] * 0.75f * scale; x++)
            Assert.InRange(planes.Y[100 * planes.StrideY + x], 66, 126);
    }

    // Both pictures are the same, and the second is whole: it is clearly better than one whose damage was concealed.
    [Fact]
    public void Look_WholeShotAfterACorruptOne_IsClearlyBetter()
    {
        _scene.Paste(FaceScene.Media(Stranger), 90, 320, 180);
        Show(0.8, corrupt: true);
        Assert.Equal(1, _telemetry.Recognitions);

        Show(0.8);

        Assert.Equal(2, _telemetry.Recognitions);
    }

    [Fact]
    public void Look_SameShotAgain_IsNotTakenAtOnce()
    {
        _scene.Paste(FaceScene.Media(Stranger), 90, 320, 180);
        Show(1.6);
        Assert.Equal(1, _telemetry.Recognitions);
    }

    // Far off and unsharp he is nobody; however long that was, near and sharp he is told.
    [Theory]
    [InlineData(1, 320, 120)]
    [InlineData(16, 320, 120)]
    [InlineData(30, 60, 150)]
    [InlineData(40, 580, 150)]
    public async Task Look_ListedPersonWaitsFarOffAndComesNear_IsTold(int wait, int x, int y)
    {
        _scene.Paste(FaceScene.Media(Listed), 46, x, y, detail: 0.22f);
        Show(wait);
        var far = _telemetry.Events;
        for (float height = 50, detail = 0.3f; height < 150; height *= 1.2f, detail += 0.15f)
        {
            _scene.Clear().Paste(FaceScene.Media(Listed), height, x + (320 - x) * (height - 50) / 100, y + (height - 50) / 2, detail);
            Show(0.2);
        }
        _scene.Clear().Paste(FaceScene.Media(Listed), 150, 320, y + 50);
        Show(4);

        Assert.Equal(0, far);
        var events = await CommittedAsync();
        Assert.Equal("franck", Assert.Single(events, e => e.Phase == PassagePhase.New).Body.Face!.Person);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    public async Task Look_ListedPersonWasHidden_IsToldWhenHeIsSeen(int hidden)
    {
        var box = _scene.Paste(FaceScene.Media(Listed), 120, 320, 180);
        _scene.Cover(box.X - 10, box.Y + box.Height * 0.2f, box.Width + 20, box.Height * 0.35f);
        Show(hidden);
        var told = _telemetry.Events;
        _scene.Clear().Paste(FaceScene.Media(Listed), 120, 320, 180);
        Show(4);

        Assert.Equal(0, told);
        Assert.Equal("franck", Assert.Single(await CommittedAsync(), e => e.Phase == PassagePhase.New).Body.Face!.Person);
    }

    // One after the other in the same place: the tracker sees one object, the looks see two people.
    [Theory]
    [InlineData(Stranger, Listed, 0, "franck")]
    [InlineData(Stranger, Listed, 1, "franck")]
    [InlineData(Stranger, Listed, 3, "franck")]
    [InlineData("SeanConnery.jpg", Listed, 0, "sean,franck")]
    [InlineData(Listed, "SeanConnery.jpg", 0.5, "franck,sean")]
    [InlineData(Listed, "SeanConnery.jpg", 3, "franck,sean")]
    public async Task Look_AnotherPersonTakesThePlace_BeginsAnotherPassage(
        string first, string second, double between, string expected)
    {
        _scene.Paste(FaceScene.Media(first), 120, 320, 180);
        Show(10);
        if (between > 0)
        {
            _scene.Clear();
            Show(between);
        }
        _scene.Clear().Paste(FaceScene.Media(second), 120, 320, 180);
        Show(4);

        var events = await CommittedAsync();
        var passages = events.Where(e => e.Phase == PassagePhase.New).ToArray();
        Assert.Equal(expected.Split(','), passages.Select(e => e.Body.Face!.Person));
        Assert.Equal(passages.Length, events.Select(e => e.Passage).Distinct().Count());
    }

    [Fact]
    public async Task Look_StrangerTakesTheListedPersonsPlace_EndsThePassage()
    {
        _scene.Paste(FaceScene.Media(Listed), 120, 320, 180);
        Show(3);
        _scene.Clear().Paste(FaceScene.Media(Stranger), 120, 320, 180);
        Show(5);

        Assert.Equal("left", (await CommittedAsync())[^1].Body.Face!.Reason);
    }

    // Damage that the decoder concealed, cut by the edge: what is whole afterwards decides.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Look_BadEarlyShots_DoNotSilenceTheGoodOnes(bool corrupt)
    {
        _scene.Paste(FaceScene.Media(Stranger), 120, corrupt ? 320 : 20, 180);
        Show(12, corrupt);
        _scene.Clear().Paste(FaceScene.Media(Listed), 120, corrupt ? 320 : 60, 180);
        Show(4);

        Assert.Equal("franck", Assert.Single(await CommittedAsync(), e => e.Phase == PassagePhase.New).Body.Face!.Person);
    }

    // A stranger who stands there for 40 s costs no alert, and one look each 2 s.
    [Fact]
    public async Task Look_StrangerWhoStays_IsLookedAtNowAndThenAndNeverTold()
    {
        _scene.Paste(FaceScene.Media(Stranger), 120, 320, 180);
        Show(40);
        Assert.InRange(_telemetry.Recognitions, 17, 24);
        Assert.Empty(await CommittedAsync());
    }

    [Fact]
    public async Task Look_ListedPersonWhoStays_IsOnePassage()
    {
        _scene.Paste(FaceScene.Media(Listed), 120, 320, 180);
        Show(30);
        var events = await CommittedAsync();
        Assert.Equal([PassagePhase.New, PassagePhase.End], events.Select(e => e.Phase!.Value));
    }

    private void Show(double seconds, bool corrupt = false)
    {
        var path = _scene.Save();
        for (var i = 0; i < seconds * 5; i++)
        {
            using var frame = FaceScene.Open(path, _pool, _frames, TimeSpan.FromSeconds(_frames / 5.0));
            _frames++;
            frame.Corrupt = corrupt;
            _pipeline.Analyze(frame);
        }
    }

    private async Task<List<EventEnvelope>> CommittedAsync()
    {
        _pipeline.EndAll("stop", DateTimeOffset.UnixEpoch);
        _sink.Complete();
        await _sink.Ended;
        return [.. _outbox.Reader.ReadNewest(1000, pendingOnly: false).Select(e => e.Event).OrderBy(e => e.Seq)];
    }
}
