using System.Text.Json;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Cli;

public sealed class EmbedVerbTests
{
    [SharedDataFact]
    public async Task Embed_TwoPicturesOfOnePersonAndOneOfAnother_AgreesByTheCosine()
    {
        var run = await PicketProgram.RunAsync(
            "embed", "--jsonl", Lfw("Al_Pacino", 1), Lfw("Al_Pacino", 2), Lfw("Al_Sharpton", 1));
        Assert.Equal(0, run.ExitCode);
        var lines = run.JsonLines();
        Assert.Equal(
            [Lfw("Al_Pacino", 1), Lfw("Al_Pacino", 2), Lfw("Al_Sharpton", 1)],
            lines.Select(line => line.GetProperty("source").GetString()));
        string[] fields = ["source", "box", "quality", "model", "embedding"];
        Assert.All(lines, line => Assert.Equal(fields, line.EnumerateObject().Select(field => field.Name)));
        var faces = lines
            .Select(
                line => line.GetProperty("embedding").EnumerateArray().Select(number => number.GetSingle()).ToArray())
            .ToArray();
        Assert.All(faces, face => Assert.Equal(1, Cosine(face, face), 1e-4));
        // Strangers reach 0.474 once in 100,000 comparisons.
        Assert.True(Cosine(faces[0], faces[1]) > 0.474);
        Assert.True(Cosine(faces[0], faces[2]) < 0.333);
    }

    [SharedDataFact]
    public async Task Embed_BadInputsBetweenGoodOnes_ReportsThemAndGoesOn()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("a.jpg"), "no picture");
        var landscape = Repository.Shared("plates", "negatives", "col_0001.jpg");
        var run = await PicketProgram.RunAsync(
            "embed", "--jsonl", folder.File("absent.jpg"), folder.Path, landscape, Lfw("Al_Pacino", 1));
        Assert.Equal(1, run.ExitCode);
        var lines = run.JsonLines();
        Assert.Equal(4, lines.Length);
        Assert.Contains("no such file", lines[0].GetProperty("error").GetString());
        Assert.Equal(folder.Path + "/a.jpg", lines[1].GetProperty("source").GetString());
        Assert.True(lines[1].TryGetProperty("error", out _));
        Assert.Equal("no face", lines[2].GetProperty("error").GetString());
        Assert.True(lines[3].TryGetProperty("embedding", out _));
    }

    // ONNX Runtime's telemetry overflows the stack on a command line beyond 32 kB; it must be off before the runtime
    // starts.
    [Fact]
    public async Task Embed_CommandLineOf60Kilobytes_Ends()
    {
        var paths = Enumerable.Range(0, 600).Select(i => $"/absent/{new string('x', 90)}{i}.jpg");
        var run = await PicketProgram.RunAsync(["embed", "--jsonl", .. paths]);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(600, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    // Nothing was done, and it is said.
    [Theory]
    [InlineData("empty", "is empty")]
    [InlineData("people", "more folders: give those")]
    [InlineData("texts", "no picture or clip among the 1 files")]
    [InlineData("phone", "HEIC")]
    public async Task Embed_FolderWithNothingThatIsRead_IsNotDone(string kind, string reason)
    {
        using var folder = new TempFolder();
        if (kind == "people") Directory.CreateDirectory(folder.File("p1"));
        if (kind == "texts") File.WriteAllText(folder.File("notes.txt"), "x");
        if (kind == "phone") File.WriteAllBytes(folder.File("a.heic"), [0, 0, 0, 20, .. "ftypheic\0\0\0\0heic"u8, .. new byte[100]]);
        foreach (var verb in new[] { "embed", "analyze" })
        {
            var run = await PicketProgram.RunAsync(verb, "--jsonl", folder.Path);
            Assert.Equal(1, run.ExitCode);
            Assert.Contains(reason, Assert.Single(run.JsonLines()).GetProperty("error").GetString());
        }
    }

    [Fact]
    public async Task Embed_NoPath_IsBadUsage() => Assert.Equal(2, (await PicketProgram.RunAsync("embed")).ExitCode);

    private static string Lfw(string person, int number) =>
        Repository.Shared("faces", "verify", "lfw", person, $"{person}_{number:0000}.jpg");

    private static float Cosine(float[] a, float[] b) => a.Zip(b).Sum(pair => pair.First * pair.Second);
}
