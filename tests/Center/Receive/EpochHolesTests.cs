using Picket.Center.Receive;
using Picket.Wire;

namespace Picket.Tests.Center.Receive;

public sealed class EpochHolesTests
{
    // Against a set of numbers, one by one.
    [Fact]
    public void Without_RandomRanges_IsWhatASetSays()
    {
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var missing = Enumerable.Range(1, 40).Where(_ => random.Next(2) == 0).Select(n => (long)n).ToHashSet();
            var declared = Enumerable.Range(0, random.Next(6)).Select(_ =>
            {
                var from = random.Next(1, 41);
                return new SeqRange(from, from + random.Next(12));
            }).ToArray();
            var expected = missing.Where(n => !declared.Any(range => n >= range.From && n <= range.To)).Order();

            var left = EpochHoles.Without(Ranges(missing), declared);

            Assert.Equal(expected, left.SelectMany(Numbers));
            Assert.All(left, range => Assert.True(range.IsSound));
        }
    }

    [Fact]
    public void Within_CutsAtBothEnds() =>
        Assert.Equal(
            [new SeqRange(3, 4), new SeqRange(7, 8)],
            EpochHoles.Within([new(1, 2), new(2, 4), new(7, 9), new(10, 12)], 3, 8));

    private static IEnumerable<SeqRange> Ranges(HashSet<long> numbers)
    {
        foreach (var from in numbers.Order().Where(n => !numbers.Contains(n - 1)))
        {
            var to = from;
            while (numbers.Contains(to + 1)) to++;
            yield return new SeqRange(from, to);
        }
    }

    private static IEnumerable<long> Numbers(SeqRange range)
    {
        for (var n = range.From; n <= range.To; n++) yield return n;
    }
}
