using Picket.Wire;

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

    /// <summary>As what is believed today: a row of before the wire had bounds may hold any number.</summary>
    public EpochRow Bounded() => this with
    {
        MaxSeq = Math.Clamp(MaxSeq, 0, WireBounds.MaxNumber),
        Messages = Math.Clamp(Messages, 0, WireBounds.MaxNumber),
        High = Math.Clamp(High, 0, WireBounds.MaxNumber),
    };
}
