using Picket.Agent.Plates.Grammar;

namespace Picket.Agent.Plates;

/// <summary>Turns the reader's outputs for one or more crops of the same plate into a read: beams propose texts, free
/// and along the grammar; each text is then scored by its exact likelihood over all crops, plus the grammar's prior.
/// One per thread; allocates only the read.</summary>
/// <remarks>A text that fits no format competes at a fixed cost: it is kept and marked, never forced into a
/// format.</remarks>
internal sealed class PlateDecoder
{
    /// <summary>Crops of one plate: six shots of a track with three crops each.</summary>
    public const int MaxCrops = 18;

    // Two beams of 12 per crop would be 432 for a whole track; its shots agree on nearly all of them.
    private const int MaxTexts = 128;

    private readonly PlateCosts _costs;
    private readonly PlateCalibration _calibration;
    private readonly CtcBeam _beam = new();
    private readonly PlateTexts _texts = new(MaxTexts);
    private readonly float[] _lattices = new float[MaxCrops * CtcLattice.Length];
    private readonly float[] _weights = new float[MaxCrops];
    private readonly double[] _likelihoods = new double[MaxTexts];
    private readonly double[] _scores = new double[MaxTexts];
    private readonly double[] _keys = new double[MaxTexts];
    private readonly int[] _order = new int[MaxTexts];
    private int _crops;

    public PlateDecoder(in PlateCosts costs, in PlateCalibration calibration)
    {
        _costs = costs;
        _calibration = calibration;
    }

    /// <summary>What the last read's confidence was computed from; for calibration.</summary>
    public PlateFeatures Features { get; private set; }

    /// <summary>Starts a new plate.</summary>
    public void Begin() => _crops = 0;

    /// <summary>Takes in one look at the plate.</summary>
    /// <param name="outputs">The reader's log probabilities, <see cref="CtcLattice.OutputLength"/> per crop.</param>
    /// <param name="weight">Factor on the look's log-likelihood, which is the mean over its crops; 1 for a single
    /// look.</param>
    public void Add(ReadOnlySpan<float> outputs, float weight)
    {
        var crops = outputs.Length / CtcLattice.OutputLength;
        ArgumentOutOfRangeException.ThrowIfNotEqual(outputs.Length, crops * CtcLattice.OutputLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_crops + crops, MaxCrops);
        for (var i = 0; i < crops; i++)
        {
            _weights[_crops] = weight / crops;
            var output = outputs.Slice(i * CtcLattice.OutputLength, CtcLattice.OutputLength);
            CtcLattice.Fill(output, Lattice(_crops++));
        }
    }

    /// <summary>Reads the plate from what was added since <see cref="Begin"/>.</summary>
    /// <param name="width">Width of the plate in pixels of the picture.</param>
    public PlateRead Read(PlateGrammar grammar, float width)
    {
        _texts.Clear();
        for (var i = 0; i < _crops; i++)
        {
            _beam.Search(Lattice(i), null, _texts);
            _beam.Search(Lattice(i), grammar.Automaton, _texts);
        }
        if (_texts.Count == 0)
        {
            Features = default;
            return PlateRead.Nothing;
        }
        var seen = ScoreLikelihoods();
        for (var i = 0; i < _texts.Count; i++)
        {
            _scores[i] = _likelihoods[i] + grammar.Fit(_texts[i], _costs).Prior
                - _costs.Confusion * grammar.ConfusionCost(_texts[seen], _texts[i]);
        }
        SortByScore();
        return MakeRead(grammar, width);
    }

    // The weighted sums of log-likelihoods; the text with the highest sum would be the read if there were no grammar.
    private int ScoreLikelihoods()
    {
        var seen = 0;
        for (var i = 0; i < _texts.Count; i++)
        {
            var sum = 0.0;
            for (var k = 0; k < _crops; k++) sum += _weights[k] * CtcLikelihood.Log(Lattice(k), _texts[i]);
            _likelihoods[i] = sum;
            if (sum > _likelihoods[seen]) seen = i;
        }
        return seen;
    }

    private void SortByScore()
    {
        for (var i = 0; i < _texts.Count; i++) (_order[i], _keys[i]) = (i, -_scores[i]);
        _keys.AsSpan(0, _texts.Count).Sort(_order.AsSpan(0, _texts.Count));
    }

    private PlateRead MakeRead(PlateGrammar grammar, float width)
    {
        var best = _texts[_order[0]];
        var fit = grammar.Fit(best, _costs);
        var total = Sum(_weights.AsSpan(0, _crops));
        var characters = new float[best.Length];
        var (likelihood, rows) = LookAt(best, total, characters);
        var (share, sum) = Shares(total);
        // Rounding may take the sum over all alignments above 1.
        var mean = MathF.Min(1, (float)Math.Exp(likelihood / best.Length));
        Features = new PlateFeatures((float)share, mean, Least(characters), fit.Format is not null, width);
        var confidence = _calibration.Confidence(Features);
        return new PlateRead(
            PlateAlphabet.Decode(best), confidence, mean, characters, rows, fit.Format?.Region,
            fit.Format?.Name ?? PlateRead.NoFormat, Candidates(confidence, sum));
    }

    // The mean log-likelihood of a text per crop, the number of rows it was read in, and the confidence of its
    // characters.
    private (double Likelihood, int Rows) LookAt(
        ReadOnlySpan<byte> text, float total, Span<float> characters)
    {
        double likelihood = 0, oneRow = 0;
        Span<float> peaks = stackalloc float[PlateAlphabet.MaxLength];
        for (var k = 0; k < _crops; k++)
        {
            var lattice = Lattice(k);
            var weight = _weights[k] / total;
            var log = CtcLikelihood.Log(lattice, text);
            likelihood += weight * log;
            oneRow += weight * Math.Exp(CtcLikelihood.LogFirstBlock(lattice, text) - log);
            CtcLikelihood.Peaks(lattice, text, peaks);
            for (var i = 0; i < text.Length; i++) characters[i] += weight * peaks[i];
        }
        return (likelihood, oneRow >= 0.5 ? 1 : 2);
    }

    // The best text's share of the total probability, including texts that no beam found; and the total relative to it.
    private (double Share, double Sum) Shares(float total)
    {
        var best = _scores[_order[0]];
        double sum = 0, found = 0;
        for (var i = 0; i < _texts.Count; i++)
        {
            sum += Math.Exp(_scores[i] - best);
            found += Math.Exp(_likelihoods[i] / total);
        }
        var rest = total * Math.Log(Math.Clamp(1 - found, 1e-6, 1)) - _costs.NoFormat;
        sum += Math.Exp(rest - best);
        return (1 / sum, sum);
    }

    private Span<float> Lattice(int crop) => _lattices.AsSpan(crop * CtcLattice.Length, CtcLattice.Length);

    private static float Sum(ReadOnlySpan<float> weights)
    {
        var sum = 0f;
        foreach (var weight in weights) sum += weight;
        return sum;
    }

    private static float Least(ReadOnlySpan<float> characters)
    {
        var least = 1f;
        foreach (var character in characters) least = MathF.Min(least, character);
        return least;
    }

    private PlateHypothesis[] Candidates(float confidence, double sum)
    {
        var count = Math.Min(PlateRead.MaxCandidates, _texts.Count);
        var candidates = new PlateHypothesis[count];
        var best = _scores[_order[0]];
        for (var i = 0; i < count; i++)
        {
            // What the first leaves is divided among the others according to their scores.
            var share = i == 0
                ? confidence
                : (1 - confidence) * (float)(Math.Exp(_scores[_order[i]] - best) / Math.Max(1e-12, sum - 1));
            if (i > 0) share = MathF.Min(share, candidates[i - 1].Confidence);
            candidates[i] = new PlateHypothesis(PlateAlphabet.Decode(_texts[_order[i]]), share);
        }
        return candidates;
    }
}

/// <summary>What a text's grammar is worth beside its likelihood, in nats; numbers from the reader's card.</summary>
/// <param name="NoFormat">Cost of a text that fits no format, and the most that any text costs.</param>
/// <param name="Weight">Share of a format's log weight that counts. Below 1, since the network has learned frequencies
/// of its own.</param>
/// <param name="RareLetter">Cost of each letter that the format does not normally use.</param>
/// <param name="Confusion">Factor on the packs' confusion costs.</param>
internal readonly record struct PlateCosts(float NoFormat, float Weight, float RareLetter, float Confusion);

/// <summary>One text that a plate may bear.</summary>
/// <param name="Text">Upper-case A-Z0-9, no separators.</param>
/// <param name="Confidence">Estimated probability 0..1 that the text is right; those of a read sum to at most
/// 1.</param>
internal readonly record struct PlateHypothesis(string Text, float Confidence);
