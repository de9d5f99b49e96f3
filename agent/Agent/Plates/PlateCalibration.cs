using Picket.Agent.Infer;

namespace Picket.Agent.Plates;

/// <summary>A read's confidence as the probability that it is right: a logistic regression over
/// <see cref="PlateFeatures"/>, with the coefficients of the reader's card (fitted by
/// <c>models/plates/calibrate.py</c>).</summary>
internal readonly record struct PlateCalibration(
    float Bias, float Posterior, float Mean, float Least, float Fits, float Width)
{
    // exp(-9): greater certainty can't be established from the few thousand reads of a fit.
    private const float LargestLogit = 9;

    /// <summary>Reads the coefficients from the card.</summary>
    public static PlateCalibration Of(ModelCard card) => new(
        card.Parameter("confidenceBias"),
        card.Parameter("confidencePosterior"),
        card.Parameter("confidenceMean"),
        card.Parameter("confidenceLeast"),
        card.Parameter("confidenceFits"),
        card.Parameter("confidenceWidth"));

    /// <summary>The probability 0..1 that the read is right.</summary>
    public float Confidence(in PlateFeatures features)
    {
        var sum = Bias
            + Posterior * Logit(features.Posterior)
            + Mean * Logit(features.Mean)
            + Least * Logit(features.Least)
            + (features.Fits ? Fits : 0)
            + Width * LogWidth(features.Width);
        return 1 / (1 + MathF.Exp(-sum));
    }

    /// <summary>Logarithm of the odds, limited to +-9; also accepts what rounding left just outside 0..1.</summary>
    public static float Logit(float probability)
    {
        if (!(probability > 0)) return -LargestLogit;
        if (probability >= 1) return LargestLogit;
        return Math.Clamp(MathF.Log(probability / (1 - probability)), -LargestLogit, LargestLogit);
    }

    /// <summary>Logarithm of the width over 100 pixels, limited to 25 to 300: wider plates fill the reader's input
    /// anyway.</summary>
    public static float LogWidth(float pixels) => MathF.Log(Math.Clamp(pixels, 25, 300) / 100);
}

/// <summary>What a read's confidence is computed from.</summary>
/// <param name="Posterior">The best text's share among all candidates and the rest, 0..1.</param>
/// <param name="Mean">Geometric mean of the probability per character, 0..1.</param>
/// <param name="Least">Probability of the least certain character, 0..1.</param>
/// <param name="Fits">The text fits a format.</param>
/// <param name="Width">Width of the plate in pixels of the picture.</param>
internal readonly record struct PlateFeatures(float Posterior, float Mean, float Least, bool Fits, float Width);
