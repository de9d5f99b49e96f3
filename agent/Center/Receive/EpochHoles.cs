using Picket.Wire;

namespace Picket.Center.Receive;

/// <summary>Arithmetic on the numbers of an epoch.</summary>
internal static class EpochHoles
{
    /// <summary>What of <paramref name="holes"/> is in none of <paramref name="declared"/>; in order.</summary>
    /// <param name="holes">In order, without overlaps.</param>
    public static List<SeqRange> Without(IEnumerable<SeqRange> holes, IEnumerable<SeqRange> declared)
    {
        var lost = declared.OrderBy(range => range.From).ToArray();
        var left = new List<SeqRange>();
        var next = 0;
        foreach (var hole in holes)
        {
            var from = hole.From;
            // Ranges that end before this hole end before all later ones as well, but one behind them may be longer.
            while (next < lost.Length && lost[next].To < from) next++;
            for (var i = next; i < lost.Length && lost[i].From <= hole.To; i++)
            {
                if (lost[i].From > from) left.Add(new SeqRange(from, lost[i].From - 1));
                from = Math.Max(from, lost[i].To + 1);
            }
            if (from <= hole.To) left.Add(new SeqRange(from, hole.To));
        }
        return left;
    }

    /// <summary>What of <paramref name="ranges"/> lies within <paramref name="from"/> and <paramref name="to"/>.</summary>
    public static IEnumerable<SeqRange> Within(IEnumerable<SeqRange> ranges, long from, long to) =>
        ranges.Where(range => range.To >= from && range.From <= to)
            .Select(range => new SeqRange(Math.Max(range.From, from), Math.Min(range.To, to)));
}
