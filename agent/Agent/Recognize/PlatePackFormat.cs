namespace Picket.Agent.Recognize;

/// <summary>One format of a pack's file.</summary>
/// <param name="Pattern">See <see cref="PlatePattern"/>.</param>
/// <param name="Weight">Frequency relative to the pack's other formats; above 0.</param>
/// <param name="Letters">Replaces the pack's letters; those of the pack that it lacks become rare.</param>
internal sealed record PlatePackFormat(string Pattern, double Weight, string Name, string? Letters = null);
