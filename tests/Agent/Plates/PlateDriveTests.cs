using Picket.Tests.Support;
using static Picket.Tests.Support.PlateScene;

namespace Picket.Tests.Agent.Plates;

/// <summary>Vehicles that come, wait, are hidden and follow each other: each is told once, by its own plate.</summary>
public sealed class PlateDriveTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    // What is seen while it rolls in is a part of the plate, many times over; then it stands whole and sharp.
    [FfmpegTheory]
    [InlineData("left", 60, "RXK 736")]
    [InlineData("left", 400, "LEB 4821")]
    [InlineData("right", 80, "LEB 4821")]
    [InlineData("right", 240, "RXK 736")]
    [InlineData("top", 100, "LEB 4821")]
    [InlineData("bottom", 60, "RXK 736")]
    [InlineData("left", 120, "LEA/7753")]
    public async Task Analyze_VehicleRollsIn_IsToldOnceByItsPlate(string side, int speed, string plate)
    {
        var (x, y, way) = side switch
        {
            "left" => (Roll(-VehicleWidth, X, speed), $"{Y}", X + VehicleWidth),
            "right" => (Roll(Width, X, speed), $"{Y}", Width - X),
            "top" => ($"{X}", Roll(-VehicleHeight, Y, speed), Y + VehicleHeight),
            "bottom" => ($"{X}", Roll(Height, Y, speed), Height - Y),
            _ => throw new ArgumentOutOfRangeException(nameof(side)),
        };
        var seconds = (double)way / speed + 2.5;
        await ShouldTellAsync(seconds, [new Vehicle(plate, 0, seconds, x, y)], []);
    }

    [FfmpegTheory]
    [InlineData("left", -140)]
    [InlineData("left", -110)]
    [InlineData("right", Width - 200)]
    [InlineData("bottom", Height - 115)]
    [InlineData("top", -110)]
    public async Task Analyze_VehicleStandsHalfOutside_NothingIsTold(string side, int at)
    {
        var (x, y) = side is "left" or "right" ? (at, Y) : (X, at);
        await WriteAsync(_temp.File("clip.mp4"), 4, [new Vehicle("LEB 4821", 0, 4, $"{x}", $"{y}")]);
        Assert.Empty(await PlateRun.ToldAsync(_temp.File("clip.mp4")));
    }

    [FfmpegTheory]
    [InlineData(0)]
    [InlineData(0.4)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public Task Analyze_SecondVehicleInTheSamePlace_BothAreTold(double gap) => ShouldTellAsync(
        7 + gap,
        [new Vehicle("LEB 4821", 0, 3, $"{X}", $"{Y}"), new Vehicle("RXK 736", 3 + gap, 7 + gap, $"{X}", $"{Y}")], []);

    [FfmpegFact]
    public Task Analyze_OtherVehicleAfterAMinute_BothAreTold() => ShouldTellAsync(
        64, [new Vehicle("LEB 4821", 0, 60, $"{X}", $"{Y}"), new Vehicle("RXK 736", 60, 64, $"{X}", $"{Y}")], []);

    // Before the plate from the start, or a post that the car stands behind until it is taken away.
    [FfmpegTheory]
    [InlineData(36, X + 80 + 60)]
    [InlineData(36, X + 80 + 150)]
    [InlineData(90, X + 80 + 20)]
    public async Task Analyze_SomethingBeforeThePlateForTwoSeconds_ItIsToldAfterwards(int width, int at)
    {
        await WriteAsync(
            _temp.File("clip.mp4"), 6, [new Vehicle("RXK 736", 0, 6, $"{X}", $"{Y}")], [new Post(width, 0, 2, $"{at}")]);
        var passage = Assert.Single(await PlateRun.ToldAsync(_temp.File("clip.mp4")));
        Assert.Equal("RXK736", passage[^1]);
    }

    [FfmpegFact]
    public Task Analyze_SomebodyWalksPastThePlate_ItIsToldOnce() => ShouldTellAsync(
        9, [new Vehicle("LEB 4821", 0, 9, $"{X}", $"{Y}")], [new Post(60, 1, 9, "200+50*t")]);

    [FfmpegFact]
    public Task Analyze_HiddenForTwoSeconds_IsToldOnce() => ShouldTellAsync(
        7, [new Vehicle("LEB 4821", 0, 7, $"{X}", $"{Y}")], [new Post(VehicleWidth, 2, 4, $"{X}")]);

    [FfmpegFact]
    public Task Analyze_TwoVehiclesPassEachOther_BothAreTold() => ShouldTellAsync(
        5.5,
        [
            new Vehicle("LEB 4821", 0, 5.5, $"-{VehicleWidth}+240*t", "130"),
            new Vehicle("RXK 736", 0, 5.5, $"{Width}-240*t", "230"),
        ],
        []);

    // The decoder says of every frame that it concealed damage in it.
    [FfmpegFact]
    public async Task Analyze_DamagedFramesAlone_AreReadAllTheSame()
    {
        await WriteAsync(_temp.File("clip.mp4"), 2, [new Vehicle("LEB 4821", 0, 2, $"{X}", $"{Y}")]);
        Assert.Equal(["LEB4821"], Assert.Single(await PlateRun.ToldAsync(_temp.File("clip.mp4"), f => f.Corrupt = true)));
    }

    // What the decoder made up over damage is read alike in every frame until the next key frame.
    [FfmpegFact]
    public async Task Analyze_DamagedFramesShowAnotherPlate_NothingIsToldOfIt()
    {
        await WriteAsync(
            _temp.File("clip.mp4"), 6,
            [new Vehicle("LEB 4821", 0, 2, $"{X}", $"{Y}"), new Vehicle("RXK 736", 2, 6, $"{X}", $"{Y}")]);
        var told = await PlateRun.ToldAsync(
            _temp.File("clip.mp4"), frame => frame.Corrupt = frame.Time >= TimeSpan.FromSeconds(2));
        Assert.Equal(["LEB4821"], Assert.Single(told));
    }

    private async Task ShouldTellAsync(double seconds, Vehicle[] vehicles, Post[] posts)
    {
        await WriteAsync(_temp.File("clip.mp4"), seconds, vehicles, posts);
        var told = await PlateRun.ToldAsync(_temp.File("clip.mp4"));
        Assert.Equal(vehicles.Select(v => v.Text).Order(), told.Select(t => string.Join('>', t)).Order());
    }
}
