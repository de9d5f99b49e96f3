using System.Text.Json;
using Picket.Agent.Plates;
using Picket.Agent.Plates.Grammar;
using Picket.Tests.Support;

namespace Picket.Tests.Agent.Plates;

public sealed class CtcLikelihoodTests
{
    private static readonly int[] Symbols = [0, 1, 2, 11]; // blank, '0', '1', 'A'

    // torch.nn.functional.ctc_loss, written by make_ctc_golden.py.
    [Fact]
    public void Log_GoldenOutputs_IsTorchs()
    {
        var path = Repository.Path("tests", "Agent", "Plates", "ctc-golden.json");
        using var golden = JsonDocument.Parse(File.ReadAllText(path));
        var lattice = new float[CtcLattice.Length];
        foreach (var row in golden.RootElement.EnumerateArray())
        {
            var text = row.GetProperty("text").GetString()!;
            var outputs = PlateOutputs.Golden(
                row.GetProperty("seed").GetInt32(),
                row.GetProperty("drawn").GetString()!,
                row.GetProperty("rows").GetInt32());
            CtcLattice.Fill(outputs, lattice);
            var expected = row.GetProperty("logLikelihood").GetDouble();
            Assert.Equal(expected, CtcLikelihood.Log(lattice, BruteForceCtc.Encode(text)), 1e-3);
        }
        Assert.Equal(74, golden.RootElement.GetArrayLength());
    }

    [Fact]
    public void Log_FewFrames_IsTheSumOverAllPaths()
    {
        var random = new Random(1);
        for (var round = 0; round < 20; round++)
        {
            var lattice = BruteForceCtc.RandomLattice(random, 6, Symbols);
            foreach (var (text, probability) in BruteForceCtc.Probabilities(lattice, Symbols))
                Assert.Equal(Math.Log(probability), CtcLikelihood.Log(lattice, BruteForceCtc.Encode(text)), 1e-4);
        }
    }

    [Fact]
    public void Log_TextLongerThanTheFrames_IsImpossible()
    {
        var lattice = BruteForceCtc.RandomLattice(new Random(2), 2, Symbols);
        Assert.Equal(CtcLikelihood.Impossible, CtcLikelihood.Log(lattice, BruteForceCtc.Encode("A01")));
    }

    // Without the forced blank, "A" at the end of one block and at the beginning of the next would be one A.
    [Fact]
    public void Log_SameCharacterAcrossBlocks_IsTwoCharacters()
    {
        var outputs = new PlateOutputs().Write(2 * CtcLattice.Block - 3, "A").Write(2 * CtcLattice.Block - 2, "A");
        var lattice = new float[CtcLattice.Length];
        CtcLattice.Fill(outputs.Log(), lattice);
        Assert.True(CtcLikelihood.Log(lattice, BruteForceCtc.Encode("AA")) > -1);
        Assert.True(CtcLikelihood.Log(lattice, BruteForceCtc.Encode("A")) < -4);
    }

    [Theory]
    [InlineData("LEB1234", "", 1)]
    [InlineData("LEB", "1234", 0)]
    [InlineData("", "1234", 0)]
    public void LogFirstBlock_OneOrTwoRows_HasAllOrNothingOfTheLikelihood(string upper, string lower, double share)
    {
        var outputs = share == 1 ? PlateOutputs.Of(upper) : PlateOutputs.Of(upper, lower);
        var lattice = new float[CtcLattice.Length];
        CtcLattice.Fill(outputs.Log(), lattice);
        var text = BruteForceCtc.Encode(upper + lower);
        var first = CtcLikelihood.LogFirstBlock(lattice, text) - CtcLikelihood.Log(lattice, text);
        Assert.Equal(share, Math.Exp(first), 0.01);
    }

    // Two frames of A at 0.9 and 0.6, then B at 0.8: the best path stays on A, its peak is 0.9.
    [Fact]
    public void Peaks_KnownPath_AreItsHighestProbabilities()
    {
        var lattice = new float[4 * PlateAlphabet.Classes];
        void Set(int frame, char character, float probability)
        {
            lattice[frame * PlateAlphabet.Classes + PlateAlphabet.Class(character)] = probability;
            lattice[frame * PlateAlphabet.Classes] = 1 - probability;
        }
        Set(0, 'A', 0.6f);
        Set(1, 'A', 0.9f);
        Set(2, 'A', 0.1f);
        Set(3, 'B', 0.8f);
        var peaks = new float[2];
        CtcLikelihood.Peaks(lattice, BruteForceCtc.Encode("AB"), peaks);
        Assert.Equal([0.9f, 0.8f], peaks);
        CtcLikelihood.Peaks(lattice, BruteForceCtc.Encode("AA"), peaks);
        Assert.InRange(peaks[1], 0.05f, 0.9f);
    }
}
