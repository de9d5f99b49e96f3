namespace Picket.Agent.Plates;

/// <summary>What was read on one plate, in one look or over a track.</summary>
/// <param name="Text">Upper-case A-Z0-9, the upper line first, no separators; empty if the reader sees no
/// characters.</param>
/// <param name="Confidence">Calibrated probability 0..1 that the whole text is right.</param>
/// <param name="Score">Mean probability per character, 0..1, uncalibrated: distinguishes plates from
/// look-alikes.</param>
/// <param name="Characters">Confidence 0..1 of each character of <paramref name="Text"/>.</param>
/// <param name="Rows">1, or 2 when the text was read from two lines.</param>
/// <param name="Region">Code of the grammar pack whose format the text fits best; null when it fits none.</param>
/// <param name="Format">Name of that format; <see cref="NoFormat"/> when the text fits none.</param>
/// <param name="Candidates">The most likely texts, best first, at most <see cref="MaxCandidates"/>; the first is
/// <paramref name="Text"/>.</param>
internal sealed record PlateRead(
    string Text,
    float Confidence,
    float Score,
    IReadOnlyList<float> Characters,
    int Rows,
    string? Region,
    string Format,
    IReadOnlyList<PlateHypothesis> Candidates)
{
    public const int MaxCandidates = 5;

    /// <summary>Marks a text that fits no format of the active packs.</summary>
    public const string NoFormat = "none";

    /// <summary>Nothing was read.</summary>
    public static PlateRead Nothing { get; } = new("", 0, 0, [], 1, null, NoFormat, []);

    /// <summary>The same read with its confidence limited to this.</summary>
    public PlateRead AtMost(float confidence)
    {
        if (Confidence <= confidence) return this;
        var candidates = new List<PlateHypothesis>(Candidates);
        candidates[0] = candidates[0] with { Confidence = confidence };
        return this with { Confidence = confidence, Candidates = candidates };
    }

    /// <summary>Never the text: a read may get into a log (a log holds no full plate).</summary>
    public override string ToString() => $"plate of {Text.Length} characters, confidence {Confidence:0.00}, {Format}";
}
