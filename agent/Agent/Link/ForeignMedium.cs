namespace Picket.Agent.Link;

/// <summary>Work on a disk or share that may never answer (a dying stick, a network share that is gone): it begins on a
/// thread of its own, and nobody waits for it longer than they want to.</summary>
internal sealed class ForeignMedium(TimeProvider time)
{
    /// <summary>At the end of the node for work that goes on as it should; what hangs is left behind.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private Task? _work;
    private bool _isSilent;

    /// <summary>Begins the work, unless what was begun before still hangs, and waits for it at most
    /// <paramref name="patience"/>.</summary>
    /// <param name="work">Blocks as it likes, and ends early by <paramref name="cancel"/>. Its exception is thrown
    /// here.</param>
    /// <returns>False when it has not answered in time: once, however long that goes on.</returns>
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
