using Picket.Agent.Ingest;
using Picket.Agent.Ingest.Libav;

namespace Picket.Tests.Agent.Ingest;

/// <summary>Hand sums; the time base is RTP video's, 1/90000 s.</summary>
public sealed class StreamClockTests
{
    private const long None = LibavStream.NoTimestamp;
    private const int Frame = 3600; // 40 ms

    private StreamClock _clock = new(new AvRational(1, 90000));

    [Fact]
    public void Next_BeforeTheCameraIsBelieved_FollowsArrival()
    {
        Assert.Equal(0, Next(None, 0));
        Assert.Equal(0.043, Next(5_003_600, 0.043));
        Assert.Equal(0.099, Next(5_007_200, 0.099));
        Assert.Equal(0.110, Next(5_010_800, 0.110), 3);
    }

    [Fact]
    public void Next_ClockThatKeptPace_IsFollowedInsteadOfJitter()
    {
        var last = Play(0, 60, i => i * Frame);
        Assert.Equal(last + 0.040, Next(60 * Frame, 60 * 0.04 + 0.3), 3); // 300 ms late by the network
        Assert.Equal(last + 0.080, Next(61 * Frame, 60 * 0.04 + 0.301), 2); // the next one right behind it
    }

    [Fact]
    public void Next_NoTimestamps_FollowsArrival()
    {
        Assert.Equal(0, Next(None, 0));
        Assert.Equal(0.04, Next(None, 0.04));
    }

    // As cameras are seen to do it: frozen, milliseconds where the SDP says 90 kHz, ten times too fast and too slow,
    // backwards, without any.
    [Theory]
    [InlineData(0)]
    [InlineData(Frame / 90)]
    [InlineData(Frame * 10)]
    [InlineData(Frame / 10)]
    [InlineData(Frame * 2)]
    [InlineData(-Frame)]
    [InlineData(1 << 30)]
    public void Next_ClockOfAnotherRate_TimePassesAsItArrives(long step) => AssertPaced(i => 100_000 + i * step, 0.01);

    // A clock that kept pace for 4 s and then breaks: at most the tolerance of 2 s is between it and ours, ever.
    [Theory]
    [InlineData(0)]
    [InlineData(Frame / 90)]
    [InlineData(Frame * 10)]
    [InlineData(-Frame)]
    public void Next_ClockThatBreaksLater_StaysWithinTheTolerance(long step) =>
        AssertPaced(i => i < 100 ? i * Frame : 100 * Frame + (i - 100) * step, 2.1);

    [Theory]
    [InlineData(900_000_000)]
    [InlineData(-900_000_000)]
    [InlineData(90_000L * 86400 * 3650)]
    public void Next_TimestampJumps_GoesOnByArrival(long jump) =>
        AssertPaced(i => i * Frame + (i < 100 ? 0 : jump), 0.1);

    [Fact]
    public void Next_CameraClockRunsFast_TimeNeverStandsStill()
    {
        // 1 % fast at 25 fps for six minutes: without correction the difference passes 2 s after 200 s of camera time.
        var last = _clock.Next(0, TimeSpan.Zero);
        for (var i = 1; i < 9000; i++)
        {
            var next = _clock.Next((long)(i * Frame * 1.01), TimeSpan.FromSeconds(i * 0.04));
            Assert.InRange((next - last).TotalMilliseconds, 20, 60);
            last = next;
        }
        Assert.InRange(last.TotalSeconds - 8999 * 0.04, -0.5, 0.5);
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

    /// <summary>At 25 frames a second for 20 s time advances with each frame, and is never further from arrival than
    /// <paramref name="within"/> seconds.</summary>
    private void AssertPaced(Func<int, long> timestamp, double within)
    {
        var last = TimeSpan.FromTicks(-1);
        for (var i = 0; i < 500; i++)
        {
            var time = _clock.Next(timestamp(i), TimeSpan.FromSeconds(i * 0.04));
            Assert.True(time > last, $"frame {i}");
            Assert.InRange(time.TotalSeconds - i * 0.04, -within, within);
            last = time;
        }
    }

    private double Play(int from, int count, Func<int, long> timestamp)
    {
        var last = 0.0;
        for (var i = from; i < from + count; i++) last = Next(timestamp(i), i * 0.04);
        return last;
    }

    private double Next(long timestamp, double arrival) =>
        Math.Round(_clock.Next(timestamp, TimeSpan.FromSeconds(arrival)).TotalSeconds, 4);
}
