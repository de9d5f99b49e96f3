namespace Picket.Center.Store;

/// <summary>How far an epoch of a node has come.</summary>
internal sealed record EpochRow
{
    /// <summary>16 bytes.</summary>
    public required byte[] Epoch { get; init; }

    /// <summary>The highest number that is stored, or 0.</summary>
    public required long MaxSeq { get; init; }

    /// <summary>How many messages are stored.</summary>
    public required long Messages { get; init; }

    /// <summary>The highest number that the node said it has given, or 0.</summary>
    public required long High { get; init; }
}
