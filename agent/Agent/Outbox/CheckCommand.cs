namespace Picket.Agent.Outbox;

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
