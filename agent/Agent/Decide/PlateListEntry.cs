namespace Picket.Agent.Decide;

/// <summary>One usable line of a plate list.</summary>
/// <param name="LastDay">Number of the last day on which it is valid (<see cref="DateOnly.DayNumber"/>).</param>
internal readonly record struct PlateListEntry(PlateWildcard Plate, ulong Packed, string Note, int LastDay, byte Priority);
