namespace Picket.Agent.Recognize;

/// <summary>A step of a format: one character.</summary>
/// <param name="Target">State it leads to.</param>
/// <param name="Allowed">Bit c set: class c of <see cref="PlateAlphabet"/> may stand here.</param>
/// <param name="Rare">Those of <paramref name="Allowed"/> that cost.</param>
/// <param name="Breaks">A two-line plate breaks in front of this character.</param>
internal readonly record struct PlateArc(int Target, ulong Allowed, ulong Rare, bool Breaks);
