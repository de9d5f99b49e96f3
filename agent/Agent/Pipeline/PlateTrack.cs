using Picket.Agent.Recognize;

namespace Picket.Agent.Pipeline;

/// <summary>What is known of one tracked plate; lives in memory only, and ends with the track.</summary>
internal sealed class PlateTrack
{
    public PlateVote Vote { get; } = new();

    /// <summary>The detector's best score.</summary>
    public float BestScore { get; set; }
}
