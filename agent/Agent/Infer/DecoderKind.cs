using System.Text.Json.Serialization;

namespace Picket.Agent.Infer;

/// <summary>What reads a model's outputs; named by its card.</summary>
internal enum DecoderKind
{
    /// <summary>Scores and decoded boxes of the Ultra-Light-Fast face detector: <c>Detect.FaceDetector</c>.</summary>
    [JsonStringEnumMemberName("ultraface")]
    Ultraface,

    /// <summary>68 face points in the iBUG order: <c>Recognize.FaceLandmarks</c>.</summary>
    [JsonStringEnumMemberName("landmarks68")]
    Landmarks68,

    /// <summary>One vector, compared by cosine: <c>Recognize.FaceEmbedder</c>.</summary>
    [JsonStringEnumMemberName("embedding")]
    Embedding,

    /// <summary>Logits, index 0 = live: <c>Recognize.Liveness</c>.</summary>
    [JsonStringEnumMemberName("liveness")]
    Liveness,

    /// <summary>Score, box and four corners per cell of a plate detector: <c>Detect.PlateDetector</c>.</summary>
    [JsonStringEnumMemberName("plate-detect")]
    PlateDetect,

    /// <summary>Log probabilities of a plate's characters per column (CTC): <c>Recognize.PlateReader</c>.</summary>
    [JsonStringEnumMemberName("plate-read")]
    PlateRead,
}
