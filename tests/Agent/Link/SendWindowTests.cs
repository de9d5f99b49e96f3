using Picket.Agent.Link;

namespace Picket.Tests.Agent.Link;

/// <summary>Hand sums on a window of 1,000 bytes: 100 are kept for each lower lane that waits.</summary>
public sealed class SendWindowTests
{
    private const int Alerts = 0;
    private const int Reads = 1;
    private const int Crops = 3;

    private static readonly bool[] Nobody = [false, false, false, false];
    private static readonly bool[] All = [true, true, true, true];

    private readonly SendWindow _window = new(1000);

    [Fact]
    public void Takes_NobodyElseWaits_WholeWindow()
    {
        _window.Add(Alerts, 600);

        Assert.True(_window.Takes(Alerts, 400, Nobody));
        Assert.False(_window.Takes(Alerts, 401, Nobody));
    }

    [Fact]
    public void Takes_LowerLanesWait_KeepsATenthForEach()
    {
        _window.Add(Alerts, 600);

        // 1,000 - 600 - 3 x 100.
        Assert.True(_window.Takes(Alerts, 100, All));
        Assert.False(_window.Takes(Alerts, 101, All));
    }

    [Fact]
    public void Takes_LowerLaneHasItsTenthUnderWay_NothingMoreIsKeptForIt()
    {
        _window.Add(Alerts, 600);
        _window.Add(Crops, 150);

        // 1,000 - 750 - 2 x 100 (reads and health).
        Assert.True(_window.Takes(Alerts, 50, All));
        Assert.False(_window.Takes(Alerts, 51, All));
    }

    /// <summary>What is kept free for a read that is too large for now is not for a crop.</summary>
    [Fact]
    public void Takes_AHigherLanesMessageFoundTooLittleRoom_OnlyItsTenth()
    {
        _window.Add(Reads, 600);
        Assert.False(_window.Takes(Reads, 350, All));

        Assert.False(_window.Takes(Crops, 101, All));
        Assert.True(_window.Takes(Crops, 100, All));
        _window.Add(Crops, 100);
        Assert.False(_window.Takes(Crops, 1, All));
    }

    [Fact]
    public void Takes_AHigherLanesMessageFoundRoomSinceOrIsGone_TheRoomIsForAll()
    {
        _window.Add(Reads, 600);
        Assert.False(_window.Takes(Reads, 350, All));
        Assert.True(_window.Takes(Crops, 400, [false, false, false, true]));

        _window.Remove(Reads, 300);
        Assert.True(_window.Takes(Reads, 350, All));
        Assert.True(_window.Takes(Crops, 700, All));
    }

    [Fact]
    public void Takes_FullWindow_AnAlertMayStillHaveOne()
    {
        _window.Add(Reads, 1000);

        Assert.True(_window.Takes(Alerts, 5000, All));
        Assert.False(_window.Takes(Reads, 1, All));
    }

    /// <summary>800 bytes of reads in each turn, 200 are kept for the others: a chunk of 300 goes when they have had
    /// 2,700, in every fourth turn.</summary>
    [Fact]
    public void Takes_WindowAlwaysFull_ALargeMessageOfALowerLaneHasATenthOfTheLine()
    {
        var chunks = 0;
        for (var turn = 0; turn < 1000; turn++)
        {
            _window.Remove(Reads, _window.UnderWayOn(Reads));
            while (_window.Takes(Reads, 100, All)) _window.Add(Reads, 100);
            if (!_window.Takes(Crops, 300, All)) continue;
            chunks++;
            _window.Add(Crops, 300);
            _window.Remove(Crops, 300);
        }

        Assert.Equal(250, chunks);
    }

    [Fact]
    public void Takes_NothingUnderWay_AnySize()
    {
        Assert.True(_window.Takes(Crops, 5000, All));

        _window.Add(Alerts, 900);

        Assert.False(_window.Takes(Crops, 200, All));
    }

    [Fact]
    public void Bytes_LessThanUnderWay_TakesNoMore()
    {
        _window.Add(Reads, 900);
        _window.Bytes = 500;

        Assert.False(_window.Takes(Reads, 1, Nobody));
    }

    [Fact]
    public void Remove_Acknowledged_GivesTheRoomBack()
    {
        _window.Add(Reads, 1000);
        _window.Remove(Reads, 1000);

        Assert.Equal(0, _window.UnderWay);
        Assert.True(_window.Takes(Reads, 1000, Nobody));
    }
}
