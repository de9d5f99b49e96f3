namespace Picket.Agent.Imaging;

/// <summary>A rectangle of whole source pixels.</summary>
internal readonly record struct PixelRegion(int X, int Y, int Width, int Height);
