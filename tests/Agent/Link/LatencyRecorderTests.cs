using Picket.Agent.Link;

namespace Picket.Tests.Agent.Link;

public sealed class LatencyRecorderTests
{
    [Fact]
    public void Summarize_NoSamples_IsZero() => Assert.Equal(default, new LatencyRecorder().Summarize());

    /// <summary>Nearest rank of 1..200: the 100th, 190th and 198th.</summary>
    [Fact]
    public void Summarize_KnownSamples_GivesNearestRanks()
    {
        var recorder = new LatencyRecorder();
        foreach (var ms in Enumerable.Range(1, 200).Reverse()) recorder.Add(TimeSpan.FromMilliseconds(ms));

        var summary = recorder.Summarize();

        Assert.Equal(200, summary.Count);
        Assert.Equal(
            (100, 190, 198, 200),
            (summary.P50.TotalMilliseconds, summary.P95.TotalMilliseconds,
                summary.P99.TotalMilliseconds, summary.Max.TotalMilliseconds));
    }

    [Fact]
    public void Summarize_OneSample_IsEveryPercentile()
    {
        var recorder = new LatencyRecorder();
        recorder.Add(TimeSpan.FromMilliseconds(7));

        var summary = recorder.Summarize();

        Assert.Equal((7, 7), (summary.P50.TotalMilliseconds, summary.P99.TotalMilliseconds));
    }

    [Fact]
    public void Summarize_MoreSamplesThanItKeeps_CountsAllAndForgetsTheOldest()
    {
        var recorder = new LatencyRecorder();
        recorder.Add(TimeSpan.FromHours(1));
        for (var i = 0; i < 5000; i++) recorder.Add(TimeSpan.FromMilliseconds(1));

        Assert.Equal((5001, 1), (recorder.Summarize().Count, recorder.Summarize().Max.TotalMilliseconds));
    }
}
