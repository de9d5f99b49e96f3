using Picket.Agent.Pipeline;

namespace Picket.Tests.Agent.Pipeline;

public sealed class AgentRunnerTests
{
    /// <summary>One that stays dark while the others run would be noticed by nobody.</summary>
    [Fact]
    public async Task AllOrFirstFailure_OneCameraFailsForGood_DoesNotWaitForTheOthers()
    {
        var other = new TaskCompletionSource();
        var all = AgentRunner.AllOrFirstFailureAsync([other.Task, Task.FromException(new OutOfMemoryException("on purpose"))]);
        await Assert.ThrowsAsync<OutOfMemoryException>(() => all.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task AllOrFirstFailure_OneClipEnds_WaitsForTheOthers()
    {
        var other = new TaskCompletionSource();
        var all = AgentRunner.AllOrFirstFailureAsync([other.Task, Task.CompletedTask]);
        Assert.False(all.IsCompleted);
        other.SetResult();
        await all.WaitAsync(TimeSpan.FromSeconds(60));
    }
}
