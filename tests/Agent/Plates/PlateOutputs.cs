using Picket.Agent.Plates;
using Picket.Agent.Plates.Grammar;

namespace Picket.Tests.Agent.Plates;

/// <summary>Outputs of the plate reader made by hand: log probabilities that say a text clearly, doubtfully, in one
/// row or in two.</summary>
internal sealed class PlateOutputs
{
    private readonly double[,] _logits = new double[CtcLattice.OutputFrames, PlateAlphabet.Classes];

    /// <summary>Blank everywhere, with a probability of 0.9998.</summary>
    public PlateOutputs()
    {
        for (var frame = 0; frame < CtcLattice.OutputFrames; frame++) _logits[frame, PlateAlphabet.Blank] = 12;
    }

    /// <summary>A plate of one row.</summary>
    public static PlateOutputs Of(string text) => new PlateOutputs().Write(0, text);

    /// <summary>A plate of two rows.</summary>
    public static PlateOutputs Of(string upper, string lower) =>
        new PlateOutputs().Write(CtcLattice.Block, upper).Write(2 * CtcLattice.Block, lower);

    /// <summary>The outputs of <c>make_ctc_golden.py</c>.</summary>
    public static float[] Golden(int seed, string drawn, int rows)
    {
        var outputs = new PlateOutputs();
        for (var frame = 0; frame < CtcLattice.OutputFrames; frame++)
        {
            for (var c = 0; c < PlateAlphabet.Classes; c++)
                outputs._logits[frame, c] = 2 * Math.Sin(12.9898 * (37 * frame + c) + 78.233 * seed);
        }
        if (drawn.Length > 0)
        {
            var half = rows == 1 ? 0 : drawn.Length / 2;
            var places = drawn.Select((_, i) =>
                rows == 1 ? 2 + 3 * i : i < half ? 34 + 3 * i : 66 + 3 * (i - half)).ToArray();
            for (var frame = 0; frame < CtcLattice.OutputFrames; frame++)
            {
                var at = Array.IndexOf(places, frame);
                outputs._logits[frame, at < 0 ? 0 : PlateAlphabet.Class(drawn[at])] += 9;
            }
        }
        return outputs.Log();
    }

    /// <summary>Writes a text, a character every third frame, with probability 0.99 each.</summary>
    public PlateOutputs Write(int from, string text)
    {
        for (var i = 0; i < text.Length; i++) _logits[from + 2 + 3 * i, PlateAlphabet.Class(text[i])] = 17;
        return this;
    }

    /// <summary>Makes character number <paramref name="index"/> of a plate of one row less certain:
    /// <paramref name="other"/> is e^<paramref name="nats"/> times as likely as what is there.</summary>
    public PlateOutputs Doubt(int index, char other, double nats)
    {
        _logits[2 + 3 * index, PlateAlphabet.Class(other)] = 17 + nats;
        return this;
    }

    /// <summary>Log probabilities, 96 x 37.</summary>
    public float[] Log()
    {
        var log = new float[CtcLattice.OutputLength];
        for (var frame = 0; frame < CtcLattice.OutputFrames; frame++)
        {
            var sum = 0.0;
            for (var c = 0; c < PlateAlphabet.Classes; c++) sum += Math.Exp(_logits[frame, c]);
            for (var c = 0; c < PlateAlphabet.Classes; c++)
                log[frame * PlateAlphabet.Classes + c] = (float)(_logits[frame, c] - Math.Log(sum));
        }
        return log;
    }
}
