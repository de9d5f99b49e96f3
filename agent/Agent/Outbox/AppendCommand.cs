using Picket.Wire;

namespace Picket.Agent.Outbox;

/// <summary>Adds one event.</summary>
internal sealed class AppendCommand(OutboxEntry entry) : OutboxCommand
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
            (_envelope, _refusal) = (writer.Append(entry), null);
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
