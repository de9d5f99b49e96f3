using Picket.Agent.Ingest;

namespace Picket.Tests.Agent.Ingest;

public sealed class LatestFrameTests : IDisposable
{
    private readonly FramePool _pool = new(FramePool.PerCamera);
    private readonly LatestFrame _slot = new();

    public void Dispose()
    {
        _slot.Dispose();
        Assert.Equal(0, _pool.Outstanding);
        _pool.Dispose();
    }

    [Fact]
    public async Task Take_AfterTwoPublished_GivesTheNewerAndCountsTheOther()
    {
        _slot.Publish(Numbered(1));
        _slot.Publish(Numbered(2));
        using var taken = await _slot.TakeAsync();
        Assert.Equal((2, 1), (taken!.Number, _slot.Dropped));
        Assert.Equal(1, _pool.Outstanding);
    }

    [Fact]
    public async Task Take_BeforePublish_WaitsForTheFrame()
    {
        var taking = _slot.TakeAsync();
        Assert.False(taking.IsCompleted);
        _slot.Publish(Numbered(7));
        using var taken = await taking;
        Assert.Equal((7, 0), (taken!.Number, _slot.Dropped));
    }

    [Fact]
    public async Task Take_AfterEnd_GivesWhatIsLeftThenNull()
    {
        _slot.Publish(Numbered(1));
        _slot.End();
        using (var left = await _slot.TakeAsync()) Assert.Equal(1, left!.Number);
        Assert.Null(await _slot.TakeAsync());
    }

    [Fact]
    public async Task Discard_FrameThatWaits_IsGivenBackAndCounted()
    {
        _slot.Publish(Numbered(1));
        _slot.Discard();
        Assert.Equal((0, 1), (_pool.Outstanding, _slot.Dropped));
        _slot.Publish(Numbered(2));
        using var taken = await _slot.TakeAsync();
        Assert.Equal(2, taken!.Number);
    }

    [Fact]
    public async Task End_WhileWaiting_WakesWithNull()
    {
        var taking = _slot.TakeAsync();
        _slot.End();
        Assert.Null(await taking);
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
        var taking = _slot.TakeAsync(cancel.Token);
        await cancel.CancelAsync();
        var error = await Assert.ThrowsAsync<OperationCanceledException>(async () => await taking);
        Assert.Equal(cancel.Token, error.CancellationToken);
        _slot.Publish(Numbered(3));
        using var taken = await _slot.TakeAsync();
        Assert.Equal(3, taken!.Number);
    }

    [Fact]
    public async Task Take_CanceledBefore_ThrowsAndLeavesTheFrame()
    {
        _slot.Publish(Numbered(3));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await _slot.TakeAsync(new CancellationToken(true)));
        using var taken = await _slot.TakeAsync();
        Assert.Equal(3, taken!.Number);
    }

    [Fact]
    public void Take_WhileAnotherWaits_IsRefused()
    {
        var taking = _slot.TakeAsync();
        Assert.Throws<InvalidOperationException>(() => { _slot.TakeAsync(); });
        Assert.False(taking.IsCompleted);
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
        // All on one thread: the value task is polled, so no continuation is scheduled elsewhere.
        using var cancel = new CancellationTokenSource();
        for (var i = 0; i < 20; i++) HandOver(cancel.Token);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) HandOver(cancel.Token);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void HandOver(CancellationToken cancel)
    {
        var taking = _slot.TakeAsync(cancel);
        _slot.Publish(_pool.Rent());
        taking.GetAwaiter().GetResult()!.Dispose();
    }

    private Frame Numbered(long number)
    {
        var frame = _pool.Rent();
        frame.Number = number;
        return frame;
    }
}
