namespace Picket.Agent.Decide;

/// <summary>The file <c>models/plates/confusions.json</c>.</summary>
/// <param name="Source">Where the figures are from.</param>
/// <param name="Confidences">Of all readings, spread evenly from the least to the most certain (quantiles).</param>
/// <param name="WrongCharacters">Share of characters that are wrong.</param>
/// <param name="Pairs">Of the characters that were read as the first, the share that truly were the second.</param>
internal sealed record PlateConfusionTable(
    string Source, IReadOnlyList<double> Confidences, double WrongCharacters,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Pairs);
