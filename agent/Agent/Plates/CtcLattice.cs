using System.Numerics.Tensors;
using Picket.Agent.Plates.Grammar;

namespace Picket.Agent.Plates;

/// <summary>The frames of the reader's output: three blocks of columns (whole height, upper half, lower half) in a row,
/// with a blank-only frame between blocks, so that a character repeated across it counts as a new one.</summary>
internal static class CtcLattice
{
    /// <summary>Columns of a block.</summary>
    public const int Block = 32;

    public const int Blocks = 3;

    /// <summary>Frames of the reader's output.</summary>
    public const int OutputFrames = Blocks * Block;

    /// <summary>Floats of the reader's output for one crop.</summary>
    public const int OutputLength = OutputFrames * PlateAlphabet.Classes;

    /// <summary>Frames including the two between the blocks.</summary>
    public const int Frames = OutputFrames + Blocks - 1;

    /// <summary>Floats of a lattice.</summary>
    public const int Length = Frames * PlateAlphabet.Classes;

    /// <summary>Fills a lattice with probabilities.</summary>
    /// <param name="logProbabilities">The reader's output for one crop, frame by frame.</param>
    /// <param name="lattice"><see cref="Length"/> floats.</param>
    public static void Fill(ReadOnlySpan<float> logProbabilities, Span<float> lattice)
    {
        const int block = Block * PlateAlphabet.Classes;
        for (var i = 0; i < Blocks; i++)
        {
            var at = i * (block + PlateAlphabet.Classes);
            if (i > 0)
            {
                var between = lattice.Slice(at - PlateAlphabet.Classes, PlateAlphabet.Classes);
                between.Clear();
                between[PlateAlphabet.Blank] = 1;
            }
            TensorPrimitives.Exp(logProbabilities.Slice(i * block, block), lattice.Slice(at, block));
        }
    }
}
