using Picket.Agent.Recognize;

namespace Picket.Agent.Pipeline;

/// <summary>What is known of one tracked face; lives in memory only, and ends with the track.</summary>
internal sealed class FaceTrack(int dimensions)
{
    public BestShot Shots;
    public FaceTemplate Template { get; } = new(dimensions);
    public bool Matched { get; set; }
}
