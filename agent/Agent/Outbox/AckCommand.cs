namespace Picket.Agent.Outbox;

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
