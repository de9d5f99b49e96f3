using Picket.Agent.Detect;

namespace Picket.Agent.Decide;

/// <summary>What recognition found on one tracked face at one frame.</summary>
/// <param name="Person">The most similar person of the list.</param>
/// <param name="Similarity">Cosine of the fused embedding with that person's best.</param>
/// <param name="Threshold">The cosine from which it counts as that person.</param>
/// <param name="Frame">The deciding frame's number.</param>
/// <param name="At">UTC of that frame.</param>
/// <param name="Box">The face in pixels of the source picture.</param>
/// <param name="Quality">0..1, of this shot.</param>
/// <param name="Shots">Shots fused so far.</param>
internal readonly record struct FaceSighting(
    string Person, float Similarity, float Threshold, long Frame, DateTimeOffset At, Detection Box, float Quality,
    int Shots)
{
    public bool IsMatch => Similarity >= Threshold;
}
