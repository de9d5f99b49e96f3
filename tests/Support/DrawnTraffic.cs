using System.Numerics;
using System.Text.Json;
using Picket.Agent.Plates;
using Picket.Agent.Plates.Grammar;

namespace Picket.Tests.Support;

/// <summary>
/// Seeded traffic: plates drawn from grammar packs, and what a reader makes of them, wrong as often as its own
/// confidence says, mostly by the confusion table.
/// </summary>
internal sealed class DrawnTraffic
{
    private readonly Random _random;
    private readonly (PlateFormat Format, double[] From)[] _formats;
    private readonly double[] _shares;
    private readonly Dictionary<char, (char Other, double Share)[]> _truths = [];
    private readonly Dictionary<char, (char Other, double Share)[]> _misreads = [];

    public DrawnTraffic(PlateGrammar grammar, int seed)
    {
        _random = new Random(seed);
        _formats = [.. grammar.Formats.Select(f => (f, Count(f)))];
        var sums = grammar.Formats.GroupBy(f => f.Region).ToDictionary(g => g.Key, g => g.Sum(f => Math.Exp(f.LogWeight)));
        _shares = [.. grammar.Formats.Select(f => Math.Exp(f.LogWeight) / sums[f.Region] / sums.Count)];
        var json = JsonDocument.Parse(File.ReadAllBytes(Repository.Path("models", "plates", "confusions.json")));
        var pairs =
            from read in json.RootElement.GetProperty("pairs").EnumerateObject()
            from truth in read.Value.EnumerateObject()
            select (Read: read.Name[0], Truth: truth.Name[0], Share: truth.Value.GetDouble());
        foreach (var group in pairs.GroupBy(p => p.Read)) _truths[group.Key] = [.. group.Select(p => (p.Truth, p.Share))];
        foreach (var group in pairs.GroupBy(p => p.Truth)) _misreads[group.Key] = [.. group.Select(p => (p.Read, p.Share))];
    }

    /// <summary>A vehicle's plate: region, format, then all plates of the format alike.</summary>
    public string Plate()
    {
        var (format, from) = _formats[Pick(_shares)];
        var text = new List<byte>();
        for (var state = 0; ;)
        {
            var arcs = format.Arcs(state).ToArray();
            var weights = arcs.Select(a => BitOperations.PopCount(a.Allowed & ~a.Rare) * from[a.Target])
                .Append(format.Accepts(state) ? 1 : 0).ToArray();
            var chosen = Pick(weights);
            if (chosen == arcs.Length) return PlateAlphabet.Decode([.. text]);
            var symbols = arcs[chosen].Allowed & ~arcs[chosen].Rare;
            for (var skip = _random.Next(BitOperations.PopCount(symbols)); skip > 0; skip--) symbols &= symbols - 1;
            text.Add((byte)BitOperations.TrailingZeroCount(symbols));
            state = arcs[chosen].Target;
        }
    }

    /// <summary>A reading of the plate.</summary>
    public PlateRead Read(string plate)
    {
        var text = plate.ToCharArray();
        var characters = new float[text.Length];
        var confidence = 1.0;
        for (var i = 0; i < text.Length; i++)
        {
            // Nearly all characters are certain; one in twenty is doubtful: 1.3 % wrong in all.
            var doubt = _random.NextDouble() * (_random.NextDouble() switch { < 0.8 => 0.004, < 0.95 => 0.03, _ => 0.4 });
            characters[i] = (float)(1 - doubt);
            confidence *= 1 - doubt;
            if (_random.NextDouble() < doubt) text[i] = Misread(text[i]);
            else if (_random.NextDouble() < 0.2 * Sum(_misreads, text[i])) text[i] = Misread(text[i]); // the same shape
        }
        var read = new string(text);
        var candidates = Others(read, characters, confidence).OrderByDescending(c => c.Confidence)
            .Take(PlateRead.MaxCandidates - 1).Prepend(new PlateHypothesis(read, (float)confidence));
        return new PlateRead(
            read, (float)confidence, (float)confidence, characters, 1, "x", "x", [.. candidates]);
    }

    private IEnumerable<PlateHypothesis> Others(string read, float[] characters, double confidence)
    {
        for (var i = 0; i < read.Length; i++)
        {
            if (!_truths.TryGetValue(read[i], out var truths)) continue;
            foreach (var (truth, share) in truths)
            {
                var doubt = 0.8 * (1 - characters[i]) * share / Sum(_truths, read[i]);
                if (doubt < 0.005) continue;
                yield return new PlateHypothesis(
                    read[..i] + truth + read[(i + 1)..], (float)(confidence / characters[i] * doubt));
            }
        }
    }

    private char Misread(char truth)
    {
        if (_random.NextDouble() < 0.8 && _misreads.TryGetValue(truth, out var reads))
            return reads[Pick([.. reads.Select(r => r.Share)])].Other;
        return PlateAlphabet.Character(1 + _random.Next(PlateAlphabet.Classes - 1));
    }

    private static double Sum(Dictionary<char, (char Other, double Share)[]> table, char of) =>
        table.TryGetValue(of, out var pairs) ? pairs.Sum(p => p.Share) : 0;

    private static double[] Count(PlateFormat format)
    {
        var from = new double[format.States];
        for (var state = format.States - 1; state >= 0; state--)
        {
            from[state] = format.Accepts(state) ? 1 : 0;
            foreach (var arc in format.Arcs(state)) from[state] += BitOperations.PopCount(arc.Allowed & ~arc.Rare) * from[arc.Target];
        }
        return from;
    }

    private int Pick(double[] weights)
    {
        var left = _random.NextDouble() * weights.Sum();
        for (var i = 0; i < weights.Length - 1; i++)
            if ((left -= weights[i]) < 0) return i;
        return Array.FindLastIndex(weights, w => w > 0);
    }
}
