namespace Picket.Center.Store;

/// <summary>One passage as it is shown: state and time from the passage, matter from its best message. Ids are 16
/// bytes, moments <see cref="UnixMicroseconds"/>.</summary>
internal sealed record PassageRow
{
    public required string Node { get; init; }
    public required byte[] Passage { get; init; }
    public required long Change { get; init; }
    public required long FirstAt { get; init; }
    public required long LastAt { get; init; }
    public required long ReceivedAt { get; init; }
    public required long Rev { get; init; }
    public required string Phase { get; init; }
    public string? Camera { get; init; }
    public required string Kind { get; init; }
    public required string Body { get; init; }

    /// <summary>Its best message claims a number that another event has.</summary>
    public required bool Conflict { get; init; }

    /// <summary>The node's clock is not to be believed: <see cref="FirstAt"/> is when it arrived.</summary>
    public required bool Doubt { get; init; }

    /// <summary>The newest crop that is stored, or null.</summary>
    public byte[]? Crop { get; init; }
}
