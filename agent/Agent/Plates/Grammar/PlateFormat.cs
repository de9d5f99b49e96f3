namespace Picket.Agent.Plates.Grammar;

/// <summary>One plate format of an active grammar, compiled.</summary>
internal sealed class PlateFormat
{
    private readonly PlateArc[][] _arcs;
    private readonly bool[] _accepts;

    /// <param name="logWeight">Natural logarithm of the format's weight over the largest in its pack: at most
    /// 0.</param>
    public PlateFormat(string region, string name, float logWeight, PlateArc[][] arcs, bool[] accepts)
    {
        (Region, Name, LogWeight) = (region, name, logWeight);
        (_arcs, _accepts) = (arcs, accepts);
    }

    public string Region { get; }
    public string Name { get; }
    public float LogWeight { get; }

    /// <summary>States of the automaton; 0 is the start.</summary>
    public int States => _arcs.Length;

    public ReadOnlySpan<PlateArc> Arcs(int state) => _arcs[state];

    public bool Accepts(int state) => _accepts[state];

    /// <summary>Whether the format accepts the text, with the fewest possible rare letters, and before which character
    /// a two-line plate breaks (-1: the format names no place).</summary>
    public bool TryMatch(ReadOnlySpan<byte> text, out int rareLetters, out int breakAt)
    {
        const int unreached = int.MaxValue;
        (rareLetters, breakAt) = (unreached, -1);
        Span<int> rare = stackalloc int[States], broken = stackalloc int[States];
        Span<int> nextRare = stackalloc int[States], nextBroken = stackalloc int[States];
        rare.Fill(unreached);
        rare[0] = 0;
        broken[0] = -1;
        for (var i = 0; i < text.Length; i++)
        {
            var symbol = 1UL << text[i];
            nextRare.Fill(unreached);
            for (var state = 0; state < States; state++)
            {
                if (rare[state] == unreached) continue;
                foreach (var arc in _arcs[state])
                {
                    if ((arc.Allowed & symbol) == 0) continue;
                    var cost = rare[state] + ((arc.Rare & symbol) != 0 ? 1 : 0);
                    if (cost >= nextRare[arc.Target]) continue;
                    nextRare[arc.Target] = cost;
                    nextBroken[arc.Target] = arc.Breaks ? i : broken[state];
                }
            }
            nextRare.CopyTo(rare);
            nextBroken.CopyTo(broken);
        }
        for (var state = 0; state < States; state++)
        {
            if (!_accepts[state] || rare[state] >= rareLetters) continue;
            (rareLetters, breakAt) = (rare[state], broken[state]);
        }
        return rareLetters != unreached;
    }
}

/// <summary>A step of a format: one character.</summary>
/// <param name="Target">State it leads to.</param>
/// <param name="Allowed">Bit c set: class c of <see cref="PlateAlphabet"/> is allowed here.</param>
/// <param name="Rare">Those of <paramref name="Allowed"/> that cost.</param>
/// <param name="Breaks">A two-line plate breaks before this character.</param>
internal readonly record struct PlateArc(int Target, ulong Allowed, ulong Rare, bool Breaks);
