namespace Picket.Tests.Support;

/// <summary>What the calling thread allocates on the managed heap.</summary>
internal static class Allocation
{
    /// <summary>Rounds until one allocates nothing. What the code allocates comes in every round; what the runtime
    /// allocates by itself (its cast cache grown, a stub made on a method's later tier) in a single one.</summary>
    private const int MaxRounds = 5;

    /// <summary>Bytes of a round of <paramref name="work"/>: the least of up to five, 0 at the first that allocates
    /// nothing.</summary>
    public static long Of(Action work)
    {
        var least = long.MaxValue;
        for (var round = 0; round < MaxRounds && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
