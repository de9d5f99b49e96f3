using Picket.Agent.Link;

namespace Picket.Tests.Agent.Link;

public sealed class ForeignMediumTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private readonly ManualResetEventSlim _answers = new();
    private readonly ForeignMedium _medium = new(TimeProvider.System);
    private int _begun;

    public void Dispose()
    {
        _answers.Set();
        _limit.Dispose();
    }

    [Fact]
    public async Task TryAsync_Answers_IsTrueEachTime()
    {
        _answers.Set();

        Assert.True(await _medium.TryAsync(Work, TimeSpan.FromSeconds(30), _limit.Token));
        Assert.True(await _medium.TryAsync(Work, TimeSpan.FromSeconds(30), _limit.Token));
        Assert.Equal(2, _begun);
    }

    /// <summary>A share that hangs: told once, never begun twice, and work again when it answers.</summary>
    [Fact]
    public async Task TryAsync_Hangs_IsToldOnceAndNotBegunAgainUntilItAnswers()
    {
        Assert.False(await _medium.TryAsync(Work, Patience, _limit.Token));
        Assert.True(await _medium.TryAsync(Work, Patience, _limit.Token));
        Assert.Equal(1, _begun);

        _answers.Set();
        Assert.True(await _medium.TryAsync(Work, TimeSpan.FromSeconds(30), _limit.Token));
        Assert.True(await _medium.TryAsync(Work, TimeSpan.FromSeconds(30), _limit.Token));
        Assert.Equal(2, _begun);
    }

    [Fact]
    public async Task TryAsync_WorkFails_ThrowsItsException() =>
        await Assert.ThrowsAsync<PicketTestException>(() => _medium.TryAsync(
            () => throw new PicketTestException(), TimeSpan.FromSeconds(30), _limit.Token));

    /// <summary>The node ends beside a stick that hangs.</summary>
    [Fact]
    public async Task TryAsync_CanceledWhileItHangs_LeavesItBehind()
    {
        using var cancel = new CancellationTokenSource();
        var waiting = _medium.TryAsync(Work, TimeSpan.FromHours(1), cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(_limit.Token));
        Assert.False(_limit.IsCancellationRequested);
    }

    private Task Work()
    {
        Interlocked.Increment(ref _begun);
        _answers.Wait();
        return Task.CompletedTask;
    }

    private sealed class PicketTestException : Exception;
}
