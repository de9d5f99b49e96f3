using Picket.Agent.Recognize;

namespace Picket.Agent.Pipeline;

/// <summary>What a look at a tracked face found.</summary>
/// <param name="Match">The nearest person of the list; nobody while it is doubtful whose face it is.</param>
/// <param name="Threshold">The cosine from which it counts as that person, after as many looks.</param>
/// <param name="Shots">Shots fused.</param>
/// <param name="IsAnother">The track shows another face than before.</param>
internal readonly record struct FaceFinding(FaceMatch Match, float Threshold, int Shots, bool IsAnother);
