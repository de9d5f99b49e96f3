using Picket.Agent.Ingest;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Ingest;

public sealed class LatestFrameTests : IDisposable
{
    /// <summary>A test that hangs fails after this.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FramePool _pool = new(FramePool.PerCamera);
    private readonly LatestFrame _slot = new();

    public void Dispose()
    {
        _slot.Dispose();
        Assert.Equal(0, _pool.Outstanding);
        _pool.Dispose();
    }

    [Fact]
    public void Take_AfterTwoPublished_GivesTheNewerAndCountsTheOther()
    {
        _slot.Publish(Numbered(1));
        _slot.Publish(Numbered(2));
        using var taken = _slot.Take(CancellationToken.None);
        Assert.Equal((2, 1), (taken!.Number, _slot.Dropped));
        Assert.Equal(1, _pool.Outstanding);
    }

    [Fact]
    public async Task Take_BeforePublish_WaitsForTheFrame()
    {
        var taking = await WaitingAsync();
        _slot.Publish(Numbered(7));
        using var taken = await taking.WaitAsync(Patience);
        Assert.Equal((7, 0), (taken!.Number, _slot.Dropped));
    }

    [Fact]
    public void Take_AfterEnd_GivesWhatIsLeftThenNull()
    {
        _slot.Publish(Numbered(1));
        _slot.End();
        using (var left = _slot.Take(CancellationToken.None)) Assert.Equal(1, left!.Number);
        Assert.Null(_slot.Take(CancellationToken.None));
    }

    [Fact]
    public void Discard_FrameThatWaits_IsGivenBackAndCounted()
    {
        _slot.Publish(Numbered(1));
        _slot.Discard();
        Assert.Equal((0, 1), (_pool.Outstanding, _slot.Dropped));
        _slot.Publish(Numbered(2));
        using var taken = _slot.Take(CancellationToken.None);
        Assert.Equal(2, taken!.Number);
    }

    /// <summary>A clip whose analysis failed at its end is played again.</summary>
    [Fact]
    public void Discard_AfterEnd_AnotherStreamMayFollow()
    {
        _slot.Publish(Numbered(1));
        _slot.End();
        _slot.Discard();
        _slot.Publish(Numbered(2));
        using var taken = _slot.Take(CancellationToken.None);
        Assert.Equal((2, 1), (taken!.Number, _slot.Dropped));
    }

    [Fact]
    public async Task End_WhileWaiting_WakesWithNull()
    {
        var taking = await WaitingAsync();
        _slot.End();
        Assert.Null(await taking.WaitAsync(Patience));
    }

    [Fact]
    public void Publish_AfterEnd_GivesTheFrameBack()
    {
        _slot.End();
        _slot.Publish(Numbered(1));
        Assert.Equal((0, 1), (_pool.Outstanding, _slot.Dropped));
    }

    [Fact]
    public async Task Take_CanceledWhileWaiting_ThrowsAndTheNextTakeWorks()
    {
        using var cancel = new CancellationTokenSource();
        var taking = await WaitingAsync(cancel.Token);
        await cancel.CancelAsync();
        var error = await Assert.ThrowsAsync<OperationCanceledException>(() => taking.WaitAsync(Patience));
        Assert.Equal(cancel.Token, error.CancellationToken);
        _slot.Publish(Numbered(3));
        using var taken = _slot.Take(CancellationToken.None);
        Assert.Equal(3, taken!.Number);
    }

    [Fact]
    public void Take_CanceledBefore_ThrowsAndLeavesTheFrame()
    {
        _slot.Publish(Numbered(3));
        Assert.Throws<OperationCanceledException>(() => _slot.Take(new CancellationToken(true)));
        using var taken = _slot.Take(CancellationToken.None);
        Assert.Equal(3, taken!.Number);
    }

    [Fact]
    public void Dispose_WithAFrameLeft_GivesItBack()
    {
        _slot.Publish(Numbered(1));
        _slot.Dispose();
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void PublishAndTake_SteadyState_AllocateNothing()
    {
        using var cancel = new CancellationTokenSource();
        void HandOver()
        {
            for (var i = 0; i < 100; i++)
            {
                _slot.Publish(_pool.Rent());
                _slot.Take(cancel.Token)!.Dispose();
            }
        }
        HandOver();
        Assert.Equal(0, Allocation.Of(HandOver));
    }

    /// <summary>Each frame is waited for: the next is published when the one before is back.</summary>
    [Fact]
    public async Task Take_ThatWaitsForEachFrame_AllocatesNothing()
    {
        using var cancel = new CancellationTokenSource();
        var taking = OnAThread(() => Allocation.Of(() =>
        {
            for (var i = 0; i < 100; i++) _slot.Take(cancel.Token)!.Dispose();
        }));
        while (!taking.IsCompleted)
            if (_pool.Outstanding == 0) _slot.Publish(_pool.Rent());
        _slot.Discard();
        Assert.Equal(0, await taking);
    }

    private static Task<T> OnAThread<T>(Func<T> work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>A take on a thread that is about to wait, or waits.</summary>
    private async Task<Task<Frame?>> WaitingAsync(CancellationToken cancel = default)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var taking = OnAThread(() =>
        {
            begun.SetResult();
            return _slot.Take(cancel);
        });
        await begun.Task.WaitAsync(Patience);
        Assert.False(taking.IsCompleted);
        return taking;
    }

    private Frame Numbered(long number)
    {
        var frame = _pool.Rent();
        frame.Number = number;
        return frame;
    }
}
