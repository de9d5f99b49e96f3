namespace Picket.Wire;

/// <summary>Another reading of the same plate.</summary>
/// <param name="Text">A-Z and 0-9 without separators.</param>
/// <param name="Confidence">0 to 1, to three decimals.</param>
public sealed record PlateCandidate(string Text, float Confidence);
