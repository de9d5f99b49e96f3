namespace Picket.Agent.Outbox;

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
