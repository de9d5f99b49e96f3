using Picket.Agent.Plates.Grammar;

namespace Picket.Tests.Agent.Plates;

/// <summary>The definition of CTC, without any of its algorithms: the probability of a text is the sum over all paths
/// that collapse to it. For a handful of frames and classes.</summary>
internal static class BruteForceCtc
{
    /// <summary>Every text with its probability, by its characters.</summary>
    /// <param name="symbols">The classes that occur, the blank among them.</param>
    public static Dictionary<string, double> Probabilities(float[] lattice, int[] symbols)
    {
        var frames = lattice.Length / PlateAlphabet.Classes;
        var found = new Dictionary<string, double>();
        var paths = (long)Math.Pow(symbols.Length, frames);
        for (var path = 0L; path < paths; path++)
        {
            var (rest, probability, text, last) = (path, 1.0, "", PlateAlphabet.Blank);
            for (var frame = 0; frame < frames; frame++, rest /= symbols.Length)
            {
                var symbol = symbols[rest % symbols.Length];
                probability *= lattice[frame * PlateAlphabet.Classes + symbol];
                if (symbol != last && symbol != PlateAlphabet.Blank) text += PlateAlphabet.Character(symbol);
                last = symbol;
            }
            found[text] = found.GetValueOrDefault(text) + probability;
        }
        return found;
    }

    /// <summary>Frames of random probabilities over the given classes.</summary>
    public static float[] RandomLattice(Random random, int frames, int[] symbols)
    {
        var lattice = new float[frames * PlateAlphabet.Classes];
        for (var frame = 0; frame < frames; frame++)
        {
            var weights = symbols.Select(_ => Math.Pow(random.NextDouble(), 3) + 1e-3).ToArray();
            for (var i = 0; i < symbols.Length; i++)
                lattice[frame * PlateAlphabet.Classes + symbols[i]] = (float)(weights[i] / weights.Sum());
        }
        return lattice;
    }

    public static byte[] Encode(string text)
    {
        var classes = new byte[text.Length];
        Assert.True(PlateAlphabet.TryEncode(text, classes));
        return classes;
    }
}
