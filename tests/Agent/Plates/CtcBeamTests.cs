using Picket.Agent.Plates;
using Picket.Agent.Plates.Grammar;
using Picket.Tests.Agent.Plates.Grammar;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Plates;

public sealed class CtcBeamTests
{
    private static readonly int[] Symbols = [0, 1, 2, 11, 12]; // blank, '0', '1', 'A', 'B'
    private readonly CtcBeam _beam = new();
    private readonly PlateTexts _texts = new(64);

    [Fact]
    public void Search_Free_MostLikelyTextIsAmongTheFound()
    {
        var random = new Random(3);
        for (var round = 0; round < 200; round++)
        {
            var lattice = BruteForceCtc.RandomLattice(random, 5, Symbols);
            var truth = BruteForceCtc.Probabilities(lattice, Symbols);
            truth.Remove("");
            Assert.Contains(truth.MaxBy(pair => pair.Value).Key, Found(lattice, null));
        }
    }

    [Fact]
    public void Search_AlongAGrammar_MostLikelyTextThatFitsIsAmongTheFound()
    {
        using var folder = new TempFolder();
        PackFile.Write(folder.Path, "xx", "L D", "D L{2}");
        var automaton = PlateGrammar.Load(folder.Path, []).Automaton;
        var random = new Random(4);
        for (var round = 0; round < 200; round++)
        {
            var lattice = BruteForceCtc.RandomLattice(random, 5, Symbols);
            var truth =
                from pair in BruteForceCtc.Probabilities(lattice, Symbols)
                where Shape(pair.Key) is "LD" or "DLL"
                select pair;
            var found = Found(lattice, automaton);
            Assert.Contains(truth.MaxBy(pair => pair.Value).Key, found);
            Assert.All(found, text => Assert.Contains(Shape(text), (string[])["LD", "DLL"]));
        }
    }

    [Fact]
    public void Search_NothingButBlank_FindsNothing()
    {
        var lattice = new float[CtcLattice.Length];
        for (var at = 0; at < lattice.Length; at += PlateAlphabet.Classes) lattice[at] = 1;
        Assert.Empty(Found(lattice, null));
    }

    // Every class equally likely in every frame: as many prefixes as can be.
    [Fact]
    public void Search_Noise_StaysWithinItsMemory()
    {
        var lattice = new float[CtcLattice.Length];
        Array.Fill(lattice, 1f / PlateAlphabet.Classes);
        Assert.NotEmpty(Found(lattice, null));
    }

    private static string Shape(string text) =>
        string.Concat(text.Select(character => char.IsDigit(character) ? 'D' : 'L'));

    private List<string> Found(float[] lattice, PlateAutomaton? automaton)
    {
        _texts.Clear();
        _beam.Search(lattice, automaton, _texts);
        return [.. Enumerable.Range(0, _texts.Count).Select(i => PlateAlphabet.Decode(_texts[i]))];
    }
}
