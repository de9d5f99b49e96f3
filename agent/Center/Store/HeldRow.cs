namespace Picket.Center.Store;

/// <summary>What a node said it holds of an epoch, and how that compares with what is stored.</summary>
internal sealed record HeldRow
{
    public required string Node { get; init; }
    public required Guid Epoch { get; init; }

    /// <summary>The lowest number that the node still has; one more than <see cref="High"/> when it has none.</summary>
    public required long Low { get; init; }

    /// <summary>The last number that it has given.</summary>
    public required long High { get; init; }

    /// <summary>When the comparison was made, in <see cref="UnixMicroseconds"/>.</summary>
    public required long ComparedAt { get; init; }

    /// <summary>Numbers that the node has and the center has not (yet).</summary>
    public required long Awaited { get; init; }

    /// <summary>Numbers below <see cref="Low"/> that are neither stored nor declared lost: a gap that nobody
    /// declared.</summary>
    public required long Missing { get; init; }
}
