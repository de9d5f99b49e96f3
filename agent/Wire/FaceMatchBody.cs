using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>A face on the watchlist was seen.</summary>
/// <param name="Person">The name on the list.</param>
/// <param name="List">The list's name.</param>
/// <param name="Similarity">Cosine of the fused embedding and the best enrolled one, -1 to 1.</param>
/// <param name="Threshold">The cosine that decided, computed from the list's size and the false-alert budget.</param>
/// <param name="Frame">The number of the frame it was read on, counted by the source since it was opened.</param>
/// <param name="FrameAt">UTC of that frame.</param>
/// <param name="Box">x, y, w, h in pixels of the source picture.</param>
/// <param name="Quality">0 to 1, of the best shot.</param>
/// <param name="Shots">How many shots are fused.</param>
/// <param name="Crop">The id of the crop that follows on <c>.../crop</c>, or null.</param>
/// <param name="Reason">Why the passage ended (<c>left</c>, <c>restart</c>, <c>camera</c>), only in phase
/// <c>end</c>.</param>
public sealed record FaceMatchBody(
    string Person,
    string List,
    float Similarity,
    float Threshold,
    long Frame,
    DateTimeOffset FrameAt,
    float[] Box,
    float Quality,
    int Shots,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Crop = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null);
