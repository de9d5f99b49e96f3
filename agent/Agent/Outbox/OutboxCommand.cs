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
