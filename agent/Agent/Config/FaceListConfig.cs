namespace Picket.Agent.Config;

/// <summary>The people looked for: a folder of <c>name/picture.jpg</c>.</summary>
internal sealed record FaceListConfig
{
    public required string Folder { get; init; }

    /// <summary>The list's name in events.</summary>
    public string Name { get; init; } = "watchlist";

    /// <summary>How many false alerts one stranger's face may cause; with the list's size it gives the threshold.
    /// At 2,000 faces a day and camera, 0.0001 is one false alert in five days.</summary>
    public double FalseAlertsPerFace { get; init; } = 0.0001;
}
