namespace Picket.Center.Store;

/// <summary>What the database knows of a node.</summary>
internal sealed record NodeRow
{
    public required string Node { get; init; }
    public required long LastReceivedAt { get; init; }

    /// <summary>Events that waited in the node's outbox when it last told.</summary>
    public long? Pending { get; init; }

    /// <summary>Events that the node has declared lost.</summary>
    public required long Lost { get; init; }

    /// <summary>How often it declared a loss whose extent it does not know.</summary>
    public required long UnknownGaps { get; init; }

    /// <summary>Events that claimed another one's number or id; all are kept and shown.</summary>
    public required long Conflicts { get; init; }

    /// <summary>Events that it neither has any more nor declared lost, and that never came.</summary>
    public required long Missing { get; init; }

    /// <summary>Events that it has and that are still to come.</summary>
    public required long Awaited { get; init; }

    /// <summary>Its cameras that are down, comma-separated, or null.</summary>
    public string? CamerasDown { get; init; }

    /// <summary>The same with the reason that the node gave for each, for as many as a node has (16), a line's length each.</summary>
    public string? CamerasDownWhy { get; init; }
}
