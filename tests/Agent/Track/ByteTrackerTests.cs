using Picket.Agent.Track;

namespace Picket.Tests.Agent.Track;

public sealed class ByteTrackerTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private static Detection At(float x, float score = 0.9f) => new(x, 100, 50, 70, score);

    [Fact]
    public void Update_MovingObject_KeepsItsId()
    {
        var tracker = new ByteTracker();
        for (var i = 0; i < 20; i++) tracker.Update([At(i * 10)], Step * i);
        var only = Assert.Single(tracker.Objects);
        Assert.Equal(1, only.Id);
        Assert.Equal(20, only.Hits);
        Assert.Equal(TrackState.Confirmed, only.State);
    }

    [Fact]
    public void Update_TwoObjectsCrossing_KeepTheirIds()
    {
        // Passing each other at different heights and speeds: motion, not the nearest box, must decide.
        var tracker = new ByteTracker();
        for (var i = 0; i <= 20; i++)
            tracker.Update(
                [new Detection(i * 15, 100, 50, 70, 0.9f), new Detection(300 - i * 15, 120, 50, 70, 0.9f)], Step * i);
        Assert.Equal(2, tracker.Objects.Count);
        Assert.Equal(300, tracker.Objects.Single(o => o.Id == 1).Box.X, 10f);
        Assert.Equal(0, tracker.Objects.Single(o => o.Id == 2).Box.X, 10f);
    }

    [Fact]
    public void Update_SeenOnce_IsForgottenWithoutATrace()
    {
        var tracker = new ByteTracker();
        tracker.Update([At(0)], TimeSpan.Zero);
        tracker.Update([], Step);
        Assert.Empty(tracker.Objects);
        Assert.Empty(tracker.Ended);
    }

    [Fact]
    public void Update_WeakDetection_KeepsATrackButBeginsNone()
    {
        var tracker = new ByteTracker();
        tracker.Update([At(0)], TimeSpan.Zero);
        tracker.Update([At(0)], Step);
        tracker.Update([At(0, 0.4f), new Detection(400, 100, 50, 70, 0.4f)], Step * 2);
        var only = Assert.Single(tracker.Objects);
        Assert.Equal(TrackState.Confirmed, only.State);
        Assert.Equal(3, only.Hits);
    }

    [Fact]
    public void Update_HiddenForASecond_ComesBackAsTheSame()
    {
        var tracker = new ByteTracker();
        for (var i = 0; i < 5; i++) tracker.Update([At(100)], Step * i);
        for (var i = 5; i < 15; i++) tracker.Update([], Step * i);
        Assert.Equal(TrackState.Lost, Assert.Single(tracker.Objects).State);
        tracker.Update([At(105)], Step * 15);
        Assert.Equal(1, Assert.Single(tracker.Objects).Id);
        Assert.Equal(TrackState.Confirmed, tracker.Objects[0].State);
    }

    [Fact]
    public void Update_FastWalkerSeenTwiceAtOnce_IsFollowedWithoutOverlap()
    {
        // 700 pixels a second, a box of 50: between looks 125 ms apart the boxes lie 87 pixels apart.
        var tracker = new ByteTracker();
        foreach (var ms in (int[])[0, 40, 165, 290, 415]) tracker.Update([At(ms * 0.7f)], TimeSpan.FromMilliseconds(ms));
        Assert.Equal(5, Assert.Single(tracker.Objects).Hits);
    }

    [Fact]
    public void HasTentative_FirstSightAndConfirmation_SetAndClear()
    {
        var tracker = new ByteTracker();
        tracker.Update([At(0)], TimeSpan.Zero);
        Assert.True(tracker.HasTentative);
        tracker.Update([At(0)], Step);
        Assert.False(tracker.HasTentative);
    }

    [Fact]
    public void Update_GoneForLongerThanItWaits_EndsOnce()
    {
        var tracker = new ByteTracker();
        for (var i = 0; i < 5; i++) tracker.Update([At(100)], Step * i);
        var ended = 0;
        for (var i = 5; i < 40; i++)
        {
            tracker.Update([], Step * i);
            ended += tracker.Ended.Count;
        }
        Assert.Equal(1, ended);
        Assert.Empty(tracker.Objects);
    }

    [Fact]
    public void Update_MoreThanTheLimit_FollowsTheLimit()
    {
        var tracker = new ByteTracker(new ByteTrackerOptions { MaxObjects = 4 });
        var many = Enumerable.Range(0, 10).Select(i => At(i * 100)).ToArray();
        tracker.Update(many, TimeSpan.Zero);
        tracker.Update(many, Step);
        Assert.Equal(4, tracker.Objects.Count);
    }

    [Fact]
    public void Update_EmptyBox_IsIgnored()
    {
        var tracker = new ByteTracker();
        tracker.Update([new Detection(5, 5, 0, 0, 0.99f)], TimeSpan.Zero);
        Assert.Empty(tracker.Objects);
    }

    [Fact]
    public void Update_SteadyScene_AllocatesNothing()
    {
        var tracker = new ByteTracker();
        Detection[] scene = [At(0), At(200), At(400)];
        for (var i = 0; i < 50; i++) tracker.Update(scene, Step * i);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 50; i < 250; i++) tracker.Update(scene, Step * i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Reset_EndsConfirmedObjects()
    {
        var tracker = new ByteTracker();
        tracker.Update([At(0)], TimeSpan.Zero);
        tracker.Update([At(0), At(300)], Step);
        tracker.Reset();
        Assert.Single(tracker.Ended);
        Assert.Empty(tracker.Objects);
    }

    /// <summary>A scene's numbers do not tell what was seen before it.</summary>
    [Fact]
    public void Reset_NumbersTheNextSceneFromOne()
    {
        var tracker = new ByteTracker();
        tracker.Update([At(0), At(300)], TimeSpan.Zero);
        tracker.Reset();
        tracker.Update([At(0)], TimeSpan.Zero);
        Assert.Equal(1, Assert.Single(tracker.Objects).Id);
    }
}
