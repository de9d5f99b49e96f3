using System.Numerics;

namespace Picket.Agent.Config;

/// <summary>One camera of the site.</summary>
internal sealed record CameraConfig
{
    public required string Name { get; init; }

    /// <summary>Address without credentials, or the path of a clip.</summary>
    public required string Url { get; init; }
    public string? User { get; init; }

    /// <summary>Null for a camera that asks for none.</summary>
    public CameraPassword? Password { get; init; }

    /// <summary>Look for faces of the watchlist.</summary>
    public bool Faces { get; init; } = true;

    /// <summary>
    /// How often the detector runs. A person walking through a door is in view for 2 s or more: 8 gives 16 chances;
    /// tracking fills in between.
    /// </summary>
    public double AnalysisPerSecond { get; init; } = 8;

    /// <summary>
    /// Height in pixels of the smallest face wanted; decides whether the picture is searched in tiles. 0 = what one
    /// look at the whole picture finds (a twelfth of its height).
    /// </summary>
    public int SmallestFacePixels { get; init; }

    /// <summary>Read number plates.</summary>
    public bool Plates { get; init; }

    /// <summary>
    /// Width in pixels of the smallest plate wanted; decides whether the picture is searched in tiles. 0 = what one look
    /// at the whole picture finds. A plate is read from about 70 pixels on.
    /// </summary>
    public int SmallestPlatePixels { get; init; }

    /// <summary>
    /// A picture of every vehicle's plate, 4 kB each, not of those on a list alone.
    /// </summary>
    public bool PlateCrops { get; init; } = true;

    /// <summary>The regions whose plates are expected; empty = all that the node knows compete.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>
    /// Polygons that are blanked in every tensor, crop and picture; corners from 0 to 1 of width and height.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<Vector2>> Masks { get; init; } = [];

    public override string ToString() => $"camera {Name}";
}
