using Picket.Wire;

namespace Picket.Agent.Outbox;

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
