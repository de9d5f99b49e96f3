using Picket.Agent.Ingest;
using Picket.Agent.Ingest.Libav;

namespace Picket.Tests.Agent.Ingest;

/// <summary>Hand sums; the time base is RTP video's, 1/90000 s.</summary>
public sealed class StreamClockTests
{
    private const long None = LibavStream.NoTimestamp;

    private StreamClock _clock = new(new AvRational(1, 90000));

    [Fact]
    public void Next_FirstWithoutTimestamp_ThenFollowsTheCamera()
    {
        Assert.Equal(0, Next(None, 0));
        Assert.Equal(0.043, Next(5_003_600, 0.043)); // anchored at its arrival
        Assert.Equal(0.083, Next(5_007_200, 0.099)); // 40 ms later by the camera, 56 by the network
        Assert.Equal(0.123, Next(5_010_800, 0.110));
    }

    [Fact]
    public void Next_NoTimestamps_FollowsArrival()
    {
        Assert.Equal(0, Next(None, 0));
        Assert.Equal(0.04, Next(None, 0.04));
    }

    [Theory]
    [InlineData(900_000_000)]
    [InlineData(-900_000_000)]
    public void Next_TimestampJumps_AnchorsAnew(long jump)
    {
        Assert.Equal(0, Next(1_000_000, 0));
        Assert.Equal(0.05, Next(1_000_000 + jump, 0.05));
        Assert.Equal(0.09, Next(1_003_600 + jump, 0.11));
    }

    [Fact]
    public void Next_CameraClockRunsFast_TimeNeverStandsStill()
    {
        // 1 % fast at 25 fps for six minutes: without correction the difference passes 2 s after 200 s of camera time.
        var last = _clock.Next(0, TimeSpan.Zero);
        for (var i = 1; i < 9000; i++)
        {
            var next = _clock.Next((long)(i * 3600 * 1.01), TimeSpan.FromSeconds(i * 0.04));
            Assert.InRange((next - last).TotalMilliseconds, 20, 60);
            last = next;
        }
        Assert.InRange(last.TotalSeconds - 8999 * 0.04, -0.5, 0.5);
    }

    [Fact]
    public void Next_TimestampStandsStill_GoesOnAllTheSame()
    {
        var first = _clock.Next(1000, TimeSpan.Zero);
        var second = _clock.Next(1000, TimeSpan.FromSeconds(0.04));
        // A five-hundredth of the 40 ms that arrival is ahead.
        Assert.Equal(TimeSpan.FromMilliseconds(0.08), second - first);
    }

    [Fact]
    public void Next_ExtremeTimestamps_StayIncreasing()
    {
        var last = TimeSpan.FromTicks(-1);
        foreach (var timestamp in new[] { long.MaxValue, long.MinValue + 1, 0, long.MaxValue })
        {
            var time = _clock.Next(timestamp, TimeSpan.FromSeconds(1));
            Assert.True(time > last);
            last = time;
        }
        Assert.Equal(1, last.TotalSeconds, 0.001);
    }

    private double Next(long timestamp, double arrival) =>
        Math.Round(_clock.Next(timestamp, TimeSpan.FromSeconds(arrival)).TotalSeconds, 4);
}
