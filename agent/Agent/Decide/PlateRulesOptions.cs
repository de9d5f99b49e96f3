using Picket.Agent.Recognize;

namespace Picket.Agent.Decide;

/// <summary>When a plate counts as read, when it is told of again, and when its passage is over.</summary>
internal sealed record PlateRulesOptions
{
    /// <summary>So many shots that give the same text when read alone decide.</summary>
    public int AgreeingShots { get; init; } = 2;

    /// <summary>Least confidence of a reading that several shots agree on: what looks like a plate and is none (a
    /// grille, a fence) is read alike twice, but never surely.</summary>
    public float LeastConfidence { get; init; } = 0.5f;

    /// <summary>A single shot of this confidence decides by itself; the vote trusts no single shot more than
    /// that.</summary>
    public float SureConfidence { get; init; } = PlateVote.MostFromOneShot;

    /// <summary>Width in pixels from which a single shot may decide: a plate is read surely from about 70 on
    /// (facts-plates.md); of smaller ones a better shot is waited for, or a second one that agrees.</summary>
    public float SureWidth { get; init; } = 70;

    /// <summary>Least characters: the shortest formats have two, but so has much lettering that is no plate.</summary>
    public int LeastCharacters { get; init; } = 3;

    /// <summary>A confidence that has risen by this much is worth an update.</summary>
    public float BetterBy { get; init; } = 0.1f;

    /// <summary>Updates of one passage at once: each costs 700 bytes and perhaps a crop of 4 kB on a thin line.</summary>
    public int UpdatesAtOnce { get; init; } = 4;

    /// <summary>Then one more after each such time: 5 bytes a second, and no early doubt silences what is read
    /// later.</summary>
    public TimeSpan UpdateEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The same plate coming back within this time continues the passage: a vehicle behind another one, or waiting at a
    /// gate, is not a new visit.
    /// </summary>
    public TimeSpan RejoinWithin { get; init; } = TimeSpan.FromSeconds(5);
}
