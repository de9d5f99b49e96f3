using Picket.Agent.Track;

namespace Picket.Tests.Agent.Track;

/// <summary>Hand counts on a 25 fps stream with a look due every 125 ms, that is on every fourth frame.</summary>
public sealed class DetectorPaceTests
{
    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(40);

    private static int Looks(int frames, Func<int, bool> somethingNew)
    {
        var pace = new DetectorPace(TimeSpan.FromMilliseconds(125));
        return Enumerable.Range(0, frames).Count(i => pace.IsDue(Frame * i, somethingNew(i)));
    }

    [Fact]
    public void IsDue_NothingNew_KeepsItsRate() => Assert.Equal(25, Looks(100, _ => false));

    [Fact]
    public void IsDue_SomethingNewOnce_LooksOnceMoreAtOnce()
    {
        // Due on 0, 4, ...; new on 0, so 1 as well; then on 5, 9, 13, 17.
        Assert.Equal(6, Looks(20, i => i == 1));
    }

    [Fact]
    public void IsDue_AfterAStall_DoesNotMakeUp()
    {
        var pace = new DetectorPace(TimeSpan.FromMilliseconds(125));
        Assert.True(pace.IsDue(TimeSpan.Zero, false));
        Assert.True(pace.IsDue(TimeSpan.FromSeconds(10), false));
        Assert.False(pace.IsDue(TimeSpan.FromSeconds(10.04), false));
    }

    [Fact]
    public void IsDue_AfterReset_TakesTheFirstFrame()
    {
        var pace = new DetectorPace(TimeSpan.FromMilliseconds(125));
        pace.IsDue(TimeSpan.FromSeconds(10), false);
        pace.Reset();
        Assert.True(pace.IsDue(TimeSpan.Zero, false));
    }
}
