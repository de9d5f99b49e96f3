using Picket.Wire;

namespace Picket.Agent.Outbox;

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
