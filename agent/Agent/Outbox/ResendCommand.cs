using Picket.Wire;

namespace Picket.Agent.Outbox;

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
