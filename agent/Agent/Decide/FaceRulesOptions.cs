namespace Picket.Agent.Decide;

/// <summary>When a passage is told of again, and when it is over.</summary>
internal sealed record FaceRulesOptions
{
    /// <summary>
    /// A cosine that has risen by this much is worth an update: about one decade of false match rate (facts: 0.333 to
    /// 0.408 is a decade).
    /// </summary>
    public float BetterBy { get; init; } = 0.07f;

    /// <summary>Updates of one passage at most: each costs about 1 kB and a crop of 10 kB on a thin line.</summary>
    public int MaxUpdates { get; init; } = 4;

    /// <summary>
    /// The same person coming back within this time continues the passage: a turned head is not a new visit.
    /// </summary>
    public TimeSpan RejoinWithin { get; init; } = TimeSpan.FromSeconds(1);
}
