using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>Something that the writer's thread does inside a transaction; rerun when the transaction had to be rolled back.</summary>
internal abstract class OutboxCommand
{
    public abstract void Execute(OutboxWriter writer);

    /// <summary>On the writer's thread, once: the transaction is on the disk, or, with <paramref name="failure"/>, never will
    /// be.</summary>
    public abstract void End(Exception? failure);
}

/// <summary>Adds one event.</summary>
/// <param name="ended">Gets the event as committed, or why it never will be: an <see cref="ArgumentException"/> when no outbox would accept
/// it. On the writer's thread; must not block.</param>
internal sealed class AppendCommand(EventDraft draft, Action<EventEnvelope?, Exception?> ended) : OutboxCommand
{
    private EventEnvelope? _envelope;
    private ArgumentException? _refusal;

    public override void Execute(OutboxWriter writer)
    {
        try
        {
            (_envelope, _refusal) = (writer.Append(draft), null);
        }
        catch (ArgumentException e)
        {
            // The caller's mistake: the others in this transaction proceed.
            (_envelope, _refusal) = (null, e);
        }
    }

    public override void End(Exception? failure) => ended(_envelope, failure ?? _refusal);
}

/// <summary>Work that somebody waits for.</summary>
internal sealed class OutboxCommand<T>(Func<OutboxWriter, T> work) : OutboxCommand
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    /// <summary>Completes after the commit.</summary>
    public Task<T> Done => _done.Task;

    public override void Execute(OutboxWriter writer) => _result = work(writer);

    public override void End(Exception? failure)
    {
        if (failure is null) _done.SetResult(_result);
        else _done.SetException(failure);
    }
}

/// <summary>Work that nobody waits for.</summary>
internal sealed class SilentCommand(Action<OutboxWriter> work) : OutboxCommand
{
    public override void Execute(OutboxWriter writer) => work(writer);

    public override void End(Exception? failure)
    {
    }
}
