using System.Text.Json;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Cli;

public sealed class AnalyzeVerbTests
{
    [Fact]
    public async Task Analyze_Plates_SaysThatAPartIsMissing()
    {
        var run = await PicketProgram.RunAsync("analyze", "x.jpg", "--jsonl", "--plates");
        Assert.Equal(3, run.ExitCode);
        Assert.Equal("", run.Output);
        Assert.StartsWith("picket: model plate-", run.Errors);
    }

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
}
