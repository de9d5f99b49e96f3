namespace Picket.Agent.Config;

/// <summary>
/// Everything a node is told by its <c>picket.yaml</c>; immutable. The shipped, commented file is the manual and is
/// tested to equal these defaults.
/// </summary>
internal sealed record NodeConfig
{
    /// <summary>The node's name: certificate CN, MQTT client id and topic level. Empty when the file leaves it to the
    /// certificate.</summary>
    public string Node { get; init; } = "";

    /// <summary>Folder of the outbox, keys and certificates; mode 0700.</summary>
    public required string StateFolder { get; init; }

    /// <summary>Folder of the model pack, or null for the one beside the program.</summary>
    public string? ModelFolder { get; init; }
    public required IReadOnlyList<CameraConfig> Cameras { get; init; }

    /// <summary>The face watchlist, or null when the node looks for nobody.</summary>
    public FaceListConfig? FaceList { get; init; }

    /// <summary>The lists of plates looked for.</summary>
    public IReadOnlyList<PlateListConfig> Lists { get; init; } = [];
    public LinkConfig Link { get; init; } = new();
    public OutboxConfig Outbox { get; init; } = new();
}
