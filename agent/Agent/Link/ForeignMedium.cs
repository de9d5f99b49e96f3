namespace Picket.Agent.Link;

/// <summary>Work on a disk or share that may never answer (a dying stick, a network share that is gone): it runs on a thread
/// of its own, and nobody has to wait for it longer than they want.</summary>
internal sealed class ForeignMedium(TimeProvider time)
{
    /// <summary>At the node's end, for work that proceeds normally; what hangs is abandoned.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private Task? _work;
    private bool _isSilent;

    /// <summary>Starts the work, unless earlier work still hangs, and waits for it at most
    /// <paramref name="patience"/>.</summary>
    /// <param name="work">May block, and ends early on <paramref name="cancel"/>. Its exception is thrown
    /// here.</param>
    /// <returns>False if it has not answered in time: only once, however long that lasts.</returns>
    /// <exception cref="OperationCanceledException">By <paramref name="cancel"/>.</exception>
    public async Task<bool> TryAsync(Func<Task> work, TimeSpan patience, CancellationToken cancel)
    {
        _work ??= Task.Factory.StartNew(
            work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        using (var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancel))
        {
            await Task.WhenAny(_work, Task.Delay(patience, time, waiting.Token));
            await waiting.CancelAsync();
        }
        if (cancel.IsCancellationRequested) await Task.WhenAny(_work, Task.Delay(Farewell, time));
        if (_work.IsCompleted)
        {
            var done = _work;
            (_work, _isSilent) = (null, false);
            await done;
            return true;
        }
        cancel.ThrowIfCancellationRequested();
        var wasSilent = _isSilent;
        _isSilent = true;
        return wasSilent;
    }
}
