using Picket.Agent.Ingest;
using Picket.Agent.Ingest.Libav;

namespace Picket.Tests.Agent.Ingest;

/// <summary>Hand sums; the time base is 1/1000 s.</summary>
public sealed class ClipClockTests
{
    private const long None = LibavStream.NoTimestamp;
    private static readonly AvRational Milliseconds = new(1, 1000);
    private static readonly AvRational TwentyFive = new(25, 1);

    [Fact]
    public void Next_EvenAndUnevenTimestamps_AreFollowed() =>
        Assert.Equal([0, 40, 50, 250, 60_250], Times(TwentyFive, 1000, 1040, 1050, 1250, 61_250));

    [Fact]
    public void Next_AllTheSameOrNone_AFrameIntervalEach()
    {
        Assert.Equal([0, 40, 80], Times(TwentyFive, 0, 0, 0));
        Assert.Equal([0, 40, 80], Times(TwentyFive, None, None, None));
        Assert.Equal([0, 40, 80], Times(new AvRational(0, 1), None, None, None));
    }

    [Fact]
    public void Next_NegativeAndBackwards_StayIncreasing() =>
        Assert.Equal([0, 40, 80, 120], Times(TwentyFive, -80, -40, -9000, -8960));

    [Fact]
    public void Next_OneMissing_TheNextOneStandsWhereItShould() =>
        Assert.Equal([0, 40, 80, 120], Times(TwentyFive, 0, None, 80, 120));

    // A clock that was set while the recorder ran: the years in between were not filmed.
    [Fact]
    public void Next_JumpOfYears_IsAFrameInterval() =>
        Assert.Equal([0, 40, 80, 120], Times(TwentyFive, 0, 40, 10L * 365 * 86_400_000, 10L * 365 * 86_400_000 + 40));

    // "1000 fps" of a 25 fps stream: its timestamps are made from that rate, and are as wrong.
    [Fact]
    public void Next_RateOfAThousand_Is25() =>
        Assert.Equal([0, 40, 80], Times(new AvRational(1000, 1), 0, 1, 2));

    private static double[] Times(AvRational rate, params long[] timestamps)
    {
        var clock = new ClipClock(Milliseconds, rate);
        return [.. timestamps.Select(timestamp => clock.Next(timestamp).TotalMilliseconds)];
    }
}
