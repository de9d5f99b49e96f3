using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>Something that the writer's thread does inside a transaction for someone who waits; it is run again when
/// that had to be rolled back.</summary>
internal abstract class OutboxCommand
{
    public abstract void Execute(OutboxWriter writer);

    /// <summary>The transaction is on the disk.</summary>
    public abstract void Complete();

    /// <summary>It never will be.</summary>
    public abstract void Fail(Exception e);
}

/// <summary>Adds one event.</summary>
internal sealed class AppendCommand(EventDraft draft) : OutboxCommand
{
    private readonly TaskCompletionSource<EventEnvelope> _done = new(
        TaskCreationOptions.RunContinuationsAsynchronously);
    private EventEnvelope? _envelope;
    private ArgumentException? _refusal;

    public Task<EventEnvelope> Done => _done.Task;

    public override void Execute(OutboxWriter writer)
    {
        try
        {
            (_envelope, _refusal) = (writer.Append(draft), null);
        }
        catch (ArgumentException e)
        {
            // The caller's mistake: the others in this transaction go on.
            (_envelope, _refusal) = (null, e);
        }
    }

    public override void Complete()
    {
        if (_refusal is not null) _done.TrySetException(_refusal);
        else _done.TrySetResult(_envelope!);
    }

    public override void Fail(Exception e) => _done.TrySetException(e);
}

/// <summary>Marks events and crops as stored by the center.</summary>
internal sealed class AckCommand(IReadOnlyList<Guid> ids) : OutboxCommand
{
    private readonly TaskCompletionSource<int> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _marked;

    /// <summary>How many were not marked before.</summary>
    public Task<int> Done => _done.Task;

    public override void Execute(OutboxWriter writer)
    {
        _marked = 0;
        foreach (var id in ids)
        {
            if (writer.MarkAcked(id)) _marked++;
        }
    }

    public override void Complete() => _done.TrySetResult(_marked);

    public override void Fail(Exception e) => _done.TrySetException(e);
}

/// <summary>Marks events as unsent again, some at a time, and declares those that are gone.</summary>
internal sealed class ResendCommand(EpochRange range) : OutboxCommand
{
    private readonly TaskCompletionSource<long> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _next;

    /// <summary>Where to go on; above the range's end when all is done.</summary>
    public Task<long> Done => _done.Task;

    public override void Execute(OutboxWriter writer) => _next = writer.Resend(range);

    public override void Complete() => _done.TrySetResult(_next);

    public override void Fail(Exception e) => _done.TrySetException(e);
}

/// <summary>Goes on above numbers that the center has from elsewhere.</summary>
internal sealed class RenumberCommand(EpochRange taken) : OutboxCommand
{
    private readonly TaskCompletionSource<bool> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isRenumbered;

    /// <summary>Whether there was something to do.</summary>
    public Task<bool> Done => _done.Task;

    public override void Execute(OutboxWriter writer) => _isRenumbered = writer.Renumber(taken);

    public override void Complete() => _done.TrySetResult(_isRenumbered);

    public override void Fail(Exception e) => _done.TrySetException(e);
}

/// <summary>The first in a file that does not go on where the node knows that it was: declares what is missing; nobody
/// waits for it.</summary>
/// <param name="last">What the mark, or the damaged outbox itself, said; null when nobody knows.</param>
internal sealed class RecoverCommand(HeldRange? last) : OutboxCommand
{
    public override void Execute(OutboxWriter writer) => writer.Recover(last);

    public override void Complete()
    {
    }

    public override void Fail(Exception e)
    {
    }
}

/// <summary>Keeps events that the center never takes as dead letters, and declares their numbers lost.</summary>
/// <param name="refused">The events' ids, and why.</param>
internal sealed class BuryCommand(IReadOnlyList<(Guid Id, string Reason)> refused) : OutboxCommand
{
    private readonly TaskCompletionSource<int> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _buried;

    /// <summary>How many were not dead letters before.</summary>
    public Task<int> Done => _done.Task;

    public override void Execute(OutboxWriter writer)
    {
        _buried = 0;
        var lost = new GapSum();
        foreach (var (id, reason) in refused)
        {
            if (writer.Bury(id, reason, out var isGap) is not { } seq) continue;
            _buried++;
            // A gap event that is refused is not declared by another one, which would be refused as well, without end; who
            // asks for its number gets an answer then.
            if (!isGap) lost.Add(seq, $"refused by the center: {reason}");
        }
        foreach (var gap in lost.ToGaps(writer.Epoch)) writer.Declare(gap);
    }

    public override void Complete() => _done.TrySetResult(_buried);

    public override void Fail(Exception e) => _done.TrySetException(e);
}

/// <summary>Deletes the state of passages that can't be read; nobody waits for it: the next start would try
/// again.</summary>
internal sealed class ForgetPassagesCommand(IReadOnlyList<long> rows) : OutboxCommand
{
    public override void Execute(OutboxWriter writer) => writer.ForgetPassages(rows);

    public override void Complete()
    {
    }

    public override void Fail(Exception e)
    {
    }
}

/// <summary>Looks whether the file is sound, because somebody could not read it; nobody waits for it.</summary>
internal sealed class CheckCommand : OutboxCommand
{
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">It is not: the writer begins anew, and runs this
    /// again.</exception>
    public override void Execute(OutboxWriter writer) => writer.RequireSound();

    public override void Complete()
    {
    }

    public override void Fail(Exception e)
    {
    }
}
