namespace Picket.Agent.Infer;

/// <summary>What a set of weights is, where it comes from and how it is fed and read; the JSON file beside the
/// weights.</summary>
/// <param name="Id">Name the program asks for, e.g. <c>face-embed</c>; also the card's file name.</param>
/// <param name="Version">Version of card and weights together; goes into events as the model's version.</param>
/// <param name="File">The weights' file name, in the card's folder.</param>
/// <param name="Sha256">Of <paramref name="File"/>, lower-case hexadecimal.</param>
/// <param name="Rewrite">What the pack's build does to the source file: <c>none</c>, <c>prelu-depthwise</c>,
/// <c>prelu-mul</c>.</param>
/// <param name="Parameters">Numbers of the decoder (thresholds, crop scales), by name.</param>
/// <param name="Accuracy">Measured figures with the command that gave them.</param>
/// <param name="FalseMatchCurve">Embeddings only: how often two strangers reach a cosine.</param>
internal sealed record ModelCard(
    string Id,
    string Version,
    DecoderKind Kind,
    string Description,
    string File,
    string Sha256,
    string Rewrite,
    ModelInput Input,
    IReadOnlyList<ModelOutput> Outputs,
    IReadOnlyDictionary<string, double> Parameters,
    string License,
    ModelOrigin Origin,
    IReadOnlyList<ModelAccuracy> Accuracy,
    IReadOnlyList<FalseMatchPoint>? FalseMatchCurve = null)
{
    /// <summary>The decoder's number of that name; a card without it is a <see cref="PicketException"/>.</summary>
    public float Parameter(string name) =>
        Parameters.TryGetValue(name, out var value)
            ? (float)value
            : throw new PicketException(
                $"model {Id}: its card has no parameter '{name}'; build the pack again with 'make models'",
                ExitCode.PartMissing);
}
