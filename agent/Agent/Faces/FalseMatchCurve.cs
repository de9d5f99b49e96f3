using Picket.Agent.Infer;

namespace Picket.Agent.Faces;

/// <summary>How similar two strangers' faces get by chance, from an embedder's card; thresholds are computed from it,
/// never set by hand.</summary>
/// <remarks>Between the measured points, and beyond them, the cosine is linear in the logarithm of the rate.</remarks>
internal sealed class FalseMatchCurve
{
    private readonly double[] _cosines;
    private readonly double[] _logRates;

    /// <param name="points">At least two, with falling rates and rising cosines.</param>
    /// <exception cref="PicketException">Fewer points, or not in that order
    /// (<see cref="ExitCode.PartMissing"/>).</exception>
    public FalseMatchCurve(IReadOnlyList<FalseMatchPoint>? points)
    {
        if (points is null || points.Count < 2) throw Refuse("at least two points");
        _cosines = new double[points.Count];
        _logRates = new double[points.Count];
        for (var i = 0; i < points.Count; i++)
        {
            var (rate, cosine) = points[i];
            if (!(rate is > 0 and <= 1) || !(cosine is >= -1 and <= 1))
                throw Refuse("rates in 0..1 and cosines in -1..1");
            (_cosines[i], _logRates[i]) = (cosine, Math.Log10(rate));
            if (i > 0 && (_cosines[i] <= _cosines[i - 1] || _logRates[i] >= _logRates[i - 1]))
                throw Refuse("falling rates with rising cosines");
        }
    }

    /// <summary>The cosine that two strangers reach with probability <paramref name="rate"/> per comparison; at most
    /// 1.</summary>
    public double Cosine(double rate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        var log = Math.Log10(rate);
        var i = 1;
        while (i < _logRates.Length - 1 && log < _logRates[i]) i++;
        var slope = (_cosines[i] - _cosines[i - 1]) / (_logRates[i] - _logRates[i - 1]);
        return Math.Min(1, _cosines[i - 1] + slope * (log - _logRates[i - 1]));
    }

    /// <summary>The cosine from which a face is reported as being on the list.</summary>
    /// <param name="listSize">Embeddings on the list: each of them is a chance of a false match.</param>
    /// <param name="falseAlertsPerFace">How many false alerts are acceptable per stranger's face seen, e.g.
    /// 0.001.</param>
    public double Threshold(int listSize, double falseAlertsPerFace) =>
        Cosine(falseAlertsPerFace / Math.Max(1, listSize));

    private static PicketException Refuse(string need) =>
        new(
            $"the embedder's card needs a falseMatchCurve of {need}; build the pack again with 'make models'",
            ExitCode.PartMissing);
}
