namespace Picket.Agent.Decide;

/// <summary>One line's four fields; empty where there is nothing.</summary>
internal readonly record struct PlateListFields(string Plate, string Note, string LastDay, string Priority);
