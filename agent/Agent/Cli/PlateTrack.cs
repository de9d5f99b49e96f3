using Picket.Agent.Recognize;

namespace Picket.Agent.Cli;

/// <summary>What <c>analyze</c> keeps of one plate's track.</summary>
internal sealed class PlateTrack
{
    public PlateVote Vote { get; } = new();

    /// <summary>The detector's best score.</summary>
    public float BestScore { get; set; }

    /// <summary>Of the best shot.</summary>
    public float BestQuality { get; set; }

    public long BestFrame { get; set; }
}
