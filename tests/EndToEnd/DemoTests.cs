using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Picket.Tests.Support;

namespace Picket.Tests.EndToEnd;

/// <summary>
/// The whole site as a user starts it: the built programs, the real broker, simulated cameras over RTSP. The judge is
/// <c>packaging/verify-delivery.py</c>, inside the demo's own verdict.
/// </summary>
[Collection(nameof(WholeSite))]
public sealed class DemoTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Demo_Undisturbed_TellsEveryPassageOnceAndNoStranger()
    {
        var result = await RunAsync("--seconds", "40");
        var json = JsonDocument.Parse(result.Output).RootElement;
        Assert.True(json.GetProperty("fits").GetBoolean(), result.Output);
        Assert.Equal(0, result.ExitCode);
        Assert.True(json.GetProperty("exact").GetBoolean());
        Assert.InRange(json.GetProperty("passagesTold").GetInt32(), 3, 4);
        Assert.Equal(json.GetProperty("events").GetInt64(), json.GetProperty("stored").GetInt64());
        // Five vehicles in 40 s, each told once with the plate that was drawn; the first is on the list.
        Assert.InRange(json.GetProperty("vehiclesTold").GetInt32(), 4, 5);
        Assert.Equal(json.GetProperty("vehiclesShown").GetInt32(), json.GetProperty("vehiclesTold").GetInt32());
        Assert.Equal(1, json.GetProperty("hitsTold").GetInt32());
        Assert.Equal(["camera.down", "camera.up", "plate.hit", "plate.read"], KindsOf("vehicles"));
        // Every passage's new has its crop.
        Assert.True(json.GetProperty("crops").GetInt64() >= json.GetProperty("passagesTold").GetInt64());
        var cameras = json.GetProperty("telemetry").GetProperty("cameras").EnumerateArray()
            .ToDictionary(c => c.GetProperty("camera").GetString()!);
        Assert.Equal(["listed", "stranger", "vehicles"], cameras.Keys.Order());
        Assert.All(cameras.Values, c => Assert.True(c.GetProperty("frames").GetInt64() > 300));
        // The stranger was seen and recognized as nobody: all that the center heard of his camera is that it came and went.
        Assert.True(cameras["stranger"].GetProperty("tracks").GetInt64() > 0);
        Assert.Equal(["camera.down", "camera.up"], KindsOf("stranger"));
    }

    [Fact]
    public async Task Demo_EveryPartFailsInTurn_LosesNothingAndShowsNothingTwice()
    {
        var result = await RunAsync(
            "--seconds", "130",
            "--fault", "node@12",
            "--fault", "center@20:20",
            "--fault", "center@48:20",
            "--fault", "cameras@76:20",
            "--fault", "node@112");
        var json = JsonDocument.Parse(result.Output).RootElement;
        Assert.True(json.GetProperty("fits").GetBoolean(), result.Output + result.Errors);
        Assert.Equal(0, result.ExitCode);
        Assert.True(json.GetProperty("exact").GetBoolean());
        Assert.True(json.GetProperty("passagesTold").GetInt32() >= 6, result.Output);
        Assert.True(json.GetProperty("vehiclesTold").GetInt32() >= 6, result.Output);
        foreach (var part in (string[])["node", "center", "cameras"])
            Assert.Contains($"{part} is back", result.Errors);
    }

    private List<string> KindsOf(string camera)
    {
        using var center = new SqliteConnection($"Data Source={_temp.File("site/center/center.db")};Mode=ReadOnly;Pooling=False");
        return [.. center.Query<string>("SELECT DISTINCT kind FROM message WHERE camera = $camera ORDER BY kind", new { camera })];
    }

    private Task<ProgramResult> RunAsync(params string[] arguments) => ExternalProgram.RunAsync(
        Repository.Path("artifacts", "bin", "picket"),
        Limit,
        ["demo", "--json", "--site", _temp.File("site"), .. arguments]);
}
