using System.Text;
using Picket.Agent.Imaging;
using Picket.Agent.Infer;
using Picket.Agent.Plates;
using Picket.Agent.Plates.Grammar;
using Picket.Agent.Track;

namespace Picket.Bench;

/// <summary>Our plate reader's network alone: one crop, the box as it is, the most likely class of each column; neither
/// beam nor grammar.</summary>
internal sealed class GreedyPlateReader : IDisposable
{
    private readonly InferenceRun _run;
    private readonly AffineCrop _crop;

    /// <param name="model">Lent.</param>
    public GreedyPlateReader(InferenceModel model)
    {
        var (input, output) = (model.Card.Input, model.Card.Outputs[0]);
        _run = model.CreateRun([1, .. input.Shape[1..]], [[1, .. output.Shape[1..]]]);
        _crop = new AffineCrop(input.Width, input.Height, input.Format);
    }

    /// <summary>Reads the box of the picture.</summary>
    /// <returns>A-Z and 0-9 without separators; empty when nothing is read.</returns>
    public string Read(in YuvPlanes picture, in Detection box)
    {
        var toSource = AffineTransform.FromRectangle(box.X, box.Y, box.Width, box.Height, _crop.Width, _crop.Height);
        _crop.Run(picture, toSource, _run.Input);
        _run.Run();
        var text = new StringBuilder();
        var columns = _run.Output(0);
        var last = 0;
        for (var i = 0; i < CtcLattice.OutputFrames; i++)
        {
            // A new block starts: the same character again counts as another one.
            if (i % CtcLattice.Block == 0) last = 0;
            var best = Best(columns.Slice(i * PlateAlphabet.Classes, PlateAlphabet.Classes));
            if (best != 0 && best != last) text.Append(PlateAlphabet.Character(best));
            last = best;
        }
        return text.ToString();
    }

    public void Dispose() => _run.Dispose();

    private static int Best(ReadOnlySpan<float> classes)
    {
        var best = 0;
        for (var i = 1; i < classes.Length; i++)
        {
            if (classes[i] > classes[best]) best = i;
        }
        return best;
    }
}
