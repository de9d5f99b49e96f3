namespace Picket.Tests.Host;

public sealed class BackoffTests
{
    private static readonly TimeSpan Min = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Max = TimeSpan.FromSeconds(30);

    [Fact]
    public void Next_Always_IsBetweenMinAndThreeTimesTheLastAndMax()
    {
        var backoff = new Backoff(Min, Max, new Random(1));
        var last = Min;
        for (var i = 0; i < 1000; i++)
        {
            var next = backoff.Next();
            Assert.InRange(next, Min, last * 3 < Max ? last * 3 : Max);
            last = next;
        }
    }

    [Fact]
    public void Next_ManyNodesAfterManyFailures_AreSpread()
    {
        var waits = Enumerable.Range(0, 1000).Select(seed =>
        {
            var backoff = new Backoff(Min, Max, new Random(seed));
            for (var i = 0; i < 10; i++) backoff.Next();
            return (int)backoff.Next().TotalSeconds;
        });

        // Evenly over 30 s would be 33 in each second; the cap itself gathers some.
        Assert.True(waits.Where(w => w < 30).GroupBy(w => w).All(g => g.Count() < 150));
    }

    [Fact]
    public void Reset_AfterFailures_BeginsAgain()
    {
        var backoff = new Backoff(Min, Max, new Random(1));
        for (var i = 0; i < 20; i++) backoff.Next();

        backoff.Reset();

        Assert.InRange(backoff.Next(), Min, Min * 3);
    }
}
