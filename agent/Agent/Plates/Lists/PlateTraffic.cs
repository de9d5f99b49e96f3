using System.Numerics;
using Picket.Agent.Plates.Grammar;

namespace Picket.Agent.Plates.Lists;

/// <summary>
/// The expected traffic, as far as plates go: how likely a vehicle that nobody looks for is to bear a given plate.
/// </summary>
/// <remarks>
/// Each region has the same share, each format of a region the share given by its weight, and within a format all
/// plates are equally frequent (numbers are issued consecutively). Immutable; for all threads.
/// </remarks>
internal sealed class PlateTraffic
{
    /// <summary>Share of vehicles whose plate has no known format: foreign, personal, old.</summary>
    private const double Unknown = 0.02;

    /// <summary>How many times rarer a letter is that a pack calls rare.</summary>
    private const double RareLetter = 0.05;

    private readonly Counted[] _formats;

    public PlateTraffic(IReadOnlyList<PlateFormat> formats)
    {
        var sums = formats.GroupBy(f => f.Region).ToDictionary(g => g.Key, g => g.Sum(f => Math.Exp(f.LogWeight)));
        _formats =
        [
            .. formats.Select(
                f => new Counted(f, (1 - Unknown) * Math.Exp(f.LogWeight) / sums[f.Region] / sums.Count)),
        ];
    }

    /// <summary>The probability that a passing vehicle's plate fits the pattern.</summary>
    /// <param name="pattern">Without stars: a plate of exactly these characters.</param>
    /// <returns>More than 0: there are plates of no known format.</returns>
    public double Probability(in PlateWildcard pattern)
    {
        var sum = Unknown * Math.Pow(PlateText.Characters, -pattern.FixedCharacters);
        foreach (var format in _formats) sum += format.Probability(pattern);
        return Math.Min(1, sum);
    }

    /// <summary>Whether a format of the expected regions has such plates.</summary>
    public bool IsKnown(in PlateWildcard pattern)
    {
        foreach (var format in _formats)
            if (format.Probability(pattern) > 0) return true;
        return false;
    }

    /// <summary>A format whose plates have been counted.</summary>
    private sealed class Counted
    {
        private readonly PlateFormat _format;
        private readonly double _share;
        private readonly double[] _from;
        private readonly double[] _to;

        public Counted(PlateFormat format, double share)
        {
            _format = format;
            // States are numbered in the order they are reached, so that arcs lead to higher numbers only.
            _from = new double[format.States];
            for (var state = format.States - 1; state >= 0; state--)
            {
                _from[state] = format.Accepts(state) ? 1 : 0;
                foreach (var arc in format.Arcs(state)) _from[state] += Choices(arc, arc.Allowed) * _from[arc.Target];
            }
            _to = new double[format.States];
            _to[0] = 1;
            for (var state = 0; state < format.States; state++)
            {
                foreach (var arc in format.Arcs(state)) _to[arc.Target] += Choices(arc, arc.Allowed) * _to[state];
            }
            _share = _from[0] > 0 ? share / _from[0] : 0;
        }

        public double Probability(in PlateWildcard pattern)
        {
            Span<double> ways = stackalloc double[_format.States], next = stackalloc double[_format.States];
            if (pattern.BeginsOpen) _to.CopyTo(ways);
            else
            {
                ways.Clear();
                ways[0] = 1;
            }
            for (var i = 0; i < pattern.Length; i++)
            {
                next.Clear();
                var symbols = pattern[i] == PlateWildcard.Any
                    ? PlateAlphabet.Letters | PlateAlphabet.Digits
                    : 1UL << pattern[i];
                var isAnyLeft = false;
                for (var state = 0; state < ways.Length; state++)
                {
                    if (ways[state] == 0) continue;
                    foreach (var arc in _format.Arcs(state))
                    {
                        var choices = Choices(arc, arc.Allowed & symbols);
                        if (choices == 0) continue;
                        next[arc.Target] += choices * ways[state];
                        isAnyLeft = true;
                    }
                }
                if (!isAnyLeft) return 0;
                next.CopyTo(ways);
            }
            var sum = 0.0;
            for (var state = 0; state < ways.Length; state++)
            {
                if (pattern.EndsOpen) sum += ways[state] * _from[state];
                else if (_format.Accepts(state)) sum += ways[state];
            }
            return Math.Min(_share * sum, _share * _from[0]);
        }

        private static double Choices(in PlateArc arc, ulong symbols) =>
            BitOperations.PopCount(symbols & ~arc.Rare) + RareLetter * BitOperations.PopCount(symbols & arc.Rare);
    }
}
