namespace Picket.CameraSim;

/// <summary>Where in its clip a mount is.</summary>
/// <param name="Loop">Counts the clip's beginnings on this mount from 1, over all connections; 0 before the
/// first.</param>
/// <param name="Frame">Index in the clip of the picture sent last.</param>
public readonly record struct PlayPosition(int Loop, int Frame);
