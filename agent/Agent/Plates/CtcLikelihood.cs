using Picket.Agent.Plates.Grammar;

namespace Picket.Agent.Plates;

/// <summary>How likely a text is under a lattice of CTC probabilities, over all its alignments.</summary>
/// <remarks>Graves et al., "Connectionist temporal classification" (ICML 2006), section 4.1, with the states split into
/// blanks and labels. Products are computed in 64-bit floats, without logarithms: a text of 16 characters over 98
/// frames of probabilities down to 1e-3 stays above 1e-300.</remarks>
internal static class CtcLikelihood
{
    /// <summary>Stands for the logarithm of a probability that has become 0.</summary>
    public const double Impossible = -700;

    /// <summary>Natural logarithm of the text's probability, at least <see cref="Impossible"/>.</summary>
    /// <param name="lattice">Probabilities, frame by frame.</param>
    /// <param name="text">Classes; may be empty; at most <see cref="PlateAlphabet.MaxLength"/>.</param>
    public static double Log(ReadOnlySpan<float> lattice, ReadOnlySpan<byte> text)
    {
        Span<double> blanks = stackalloc double[PlateAlphabet.MaxLength + 1];
        Span<double> labels = stackalloc double[PlateAlphabet.MaxLength + 1];
        Begin(blanks, labels);
        return Finish(Forward(lattice, text, blanks, labels));
    }

    /// <summary>As <see cref="Log"/>, over the alignments that lie within the first block only.</summary>
    public static double LogFirstBlock(ReadOnlySpan<float> lattice, ReadOnlySpan<byte> text)
    {
        const int first = CtcLattice.Block * PlateAlphabet.Classes;
        Span<double> blanks = stackalloc double[PlateAlphabet.MaxLength + 1];
        Span<double> labels = stackalloc double[PlateAlphabet.MaxLength + 1];
        Begin(blanks, labels);
        var probability = Forward(lattice[..first], text, blanks, labels);
        for (var at = first; at < lattice.Length; at += PlateAlphabet.Classes) probability *= lattice[at];
        return Finish(probability);
    }

    /// <summary>For each character, its highest probability in a frame of the text's most likely alignment.</summary>
    /// <param name="peaks">One number per character of <paramref name="text"/>.</param>
    public static void Peaks(ReadOnlySpan<float> lattice, ReadOnlySpan<byte> text, Span<float> peaks)
    {
        peaks = peaks[..text.Length];
        peaks.Clear();
        var states = 2 * text.Length + 1;
        var frames = lattice.Length / PlateAlphabet.Classes;
        Span<double> best = stackalloc double[2 * PlateAlphabet.MaxLength + 1];
        // How many states each step of the best path advanced; read backwards from the end.
        Span<byte> steps = stackalloc byte[CtcLattice.Frames * (2 * PlateAlphabet.MaxLength + 1)];
        best.Clear();
        best[0] = 1;
        for (var frame = 0; frame < frames; frame++)
        {
            var row = lattice.Slice(frame * PlateAlphabet.Classes, PlateAlphabet.Classes);
            for (var state = states - 1; state >= 0; state--)
            {
                byte step = 0;
                var from = best[state];
                // Before the first frame there is only the start, represented by state 0.
                if (state > 0 && best[state - 1] > from) (step, from) = (1, best[state - 1]);
                if (CanSkip(text, state) && best[state - 2] > from && frame > 0) (step, from) = (2, best[state - 2]);
                best[state] = from * row[state % 2 == 0 ? PlateAlphabet.Blank : text[state / 2]];
                steps[frame * states + state] = step;
            }
        }
        var at = text.Length > 0 && best[states - 2] > best[states - 1] ? states - 2 : states - 1;
        for (var frame = frames - 1; frame >= 0; frame--)
        {
            if (at % 2 == 1)
            {
                var probability = lattice[frame * PlateAlphabet.Classes + text[at / 2]];
                peaks[at / 2] = MathF.Max(peaks[at / 2], probability);
            }
            at -= steps[frame * states + at];
        }
    }

    private static bool CanSkip(ReadOnlySpan<byte> text, int state) =>
        state % 2 == 1 && state > 1 && text[state / 2] != text[state / 2 - 1];

    private static void Begin(Span<double> blanks, Span<double> labels)
    {
        blanks.Clear();
        labels.Clear();
        blanks[0] = 1;
    }

    private static double Forward(
        ReadOnlySpan<float> lattice, ReadOnlySpan<byte> text, Span<double> blanks, Span<double> labels)
    {
        var length = text.Length;
        for (; lattice.Length > 0; lattice = lattice[PlateAlphabet.Classes..])
        {
            double blank = lattice[PlateAlphabet.Blank];
            // From the end, so that each state still finds its predecessors as they were.
            if (length > 0) blanks[length] = (blanks[length] + labels[length - 1]) * blank;
            for (var i = length - 1; i > 0; i--)
            {
                var before = labels[i - 1];
                var skipped = text[i] == text[i - 1] ? 0 : before;
                labels[i] = (labels[i] + blanks[i] + skipped) * lattice[text[i]];
                blanks[i] = (blanks[i] + before) * blank;
            }
            if (length > 0) labels[0] = (labels[0] + blanks[0]) * lattice[text[0]];
            blanks[0] *= blank;
        }
        return length > 0 ? blanks[length] + labels[length - 1] : blanks[0];
    }

    private static double Finish(double probability) =>
        probability > 0 ? Math.Max(Impossible, Math.Log(probability)) : Impossible;
}
