using Picket.Wire;

namespace Picket.Agent.Outbox;

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
