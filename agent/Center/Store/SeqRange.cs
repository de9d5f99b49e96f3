namespace Picket.Center.Store;

/// <summary>Numbers <paramref name="From"/> to <paramref name="To"/> of an epoch, both included.</summary>
internal readonly record struct SeqRange(long From, long To)
{
    public long Count => To - From + 1;
}
