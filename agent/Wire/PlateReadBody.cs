using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>A number plate was read.</summary>
/// <remarks>
/// Of 10,000 vehicles a day each gives two or three of these: bytes count. A typical message is below 700 bytes, a test
/// holds it; numbers are rounded before they get here.
/// </remarks>
/// <param name="Text">A-Z and 0-9 without separators; of a two-line plate the upper line first.</param>
/// <param name="Confidence">0 to 1, to three decimals: how likely the whole text is right.</param>
/// <param name="Characters">0 to 1, to two decimals, one per character of <paramref name="Text"/>.</param>
/// <param name="Rows">Lines of the plate, 1 or 2.</param>
/// <param name="Box">x, y, w, h in whole pixels of the source picture.</param>
/// <param name="Corners">x, y of the top left, top right, bottom right and bottom left corner, in whole pixels.</param>
/// <param name="Frame">The number of the frame it was read on, counted by the source since it was opened.</param>
/// <param name="Shots">How many looks were put together.</param>
/// <param name="Models">Name and version of the detector and of the reader, in this order.</param>
/// <param name="Format">The format of number plates that the text has; without it the text fits none of those asked for,
/// and is told as it was read.</param>
/// <param name="Region">The region of <paramref name="Format"/>.</param>
/// <param name="Candidates">Other readings, most likely first, at most <see cref="MaxCandidates"/>; left out when there
/// are none worth telling.</param>
/// <param name="FrameAt">UTC of <paramref name="Frame"/>; left out where it is the envelope's <c>at</c>.</param>
/// <param name="Crop">The id of the crop that follows on <c>.../crop</c>, or left out.</param>
/// <param name="Reason">Why the passage ended (<c>left</c>, <c>restart</c>, <c>camera</c>, <c>stop</c>), only in phase
/// <c>end</c>.</param>
public sealed record PlateReadBody(
    string Text,
    float Confidence,
    float[] Characters,
    int Rows,
    float[] Box,
    float[] Corners,
    long Frame,
    int Shots,
    string[] Models,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Format = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Region = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PlateCandidate[]? Candidates = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? FrameAt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Crop = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null)
{
    /// <summary>The longest plates of the world have 10 characters; what a reader makes of more is no plate.</summary>
    public const int MaxCharacters = 16;

    public const int MaxCandidates = 5;
}
