namespace Picket.Agent.Recognize;

/// <summary>What a read's confidence is computed from.</summary>
/// <param name="Posterior">Share of the best text among all candidates and the rest, 0..1.</param>
/// <param name="Mean">Geometric mean of the probability per character, 0..1.</param>
/// <param name="Least">Probability of the least certain character, 0..1.</param>
/// <param name="Fits">The text fits a format.</param>
/// <param name="Width">Width of the plate in pixels of the picture.</param>
internal readonly record struct PlateFeatures(float Posterior, float Mean, float Least, bool Fits, float Width);
