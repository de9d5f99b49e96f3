using Picket.Agent.Pipeline;
using Picket.Agent.Telemetry;
using Picket.Wire;

namespace Picket.Tests.Agent.Pipeline;

public sealed class NodeReportTests
{
    private static readonly NodeSnapshot Whole = new(
        DateTimeOffset.UnixEpoch, [new CameraSnapshot("gate", true, 100, 5, 90, 2, 1, 1, 0)], true, 3, 40, null, null, null,
        null, new NodeLosses(0, 0, 0, 0, 0), false, []);

    [Fact]
    public void Health_NothingLost_SaysNothingOfLosses()
    {
        var health = NodeReport.Health(Whole, TimeSpan.FromSeconds(10)).Body.Health!;

        Assert.Equal((null, false, null), (health.Losses, health.DiskFails, health.Warnings));
        Assert.Equal(new CameraHealth("gate", true, 100, 5, 90, 10), Assert.Single(health.Cameras));
    }

    [Fact]
    public void Health_AllThatIsCounted_IsToldWithItsNumber()
    {
        var now = Whole with
        {
            Cameras = [Whole.Cameras[0] with { CropsLost = 11, BadPackets = 12, CorruptFrames = 13 }],
            Losses = new NodeLosses(1, 2, 3, 4, 5),
            DiskFails = true,
            Warnings = ["list a is empty"],
        };

        var health = NodeReport.Health(now, TimeSpan.FromSeconds(10)).Body.Health!;

        var camera = Assert.Single(health.Cameras);
        Assert.Equal((12, 13, 11), (camera.BadPackets, camera.CorruptFrames, camera.CropsLost));
        Assert.Equal((new NodeLosses(1, 2, 3, 4, 5), true), (health.Losses, health.DiskFails));
        Assert.Equal(["list a is empty"], health.Warnings!);
    }
}
