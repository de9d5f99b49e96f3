namespace Picket.Center.Store;

/// <summary>How long what arrived is kept, by the center's clock from its arrival; then it is deleted.</summary>
/// <remarks>Gap events stay: they are few, are about no person, and say what is missing among what stays.</remarks>
internal sealed record KeepTimes
{
    /// <summary>Plates on no list, and events about cameras and nodes. A month: an inquiry that needs a plate nobody looked for
    /// comes within weeks, and these are most of the data.</summary>
    public TimeSpan Reads { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Matches of faces, and kinds from a later build, which may be as personal. A quarter: a person who was admitted or
    /// turned away asks within that time.</summary>
    public TimeSpan Faces { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Plates on a list: a case lasts up to a year.</summary>
    public TimeSpan Hits { get; init; } = TimeSpan.FromDays(365);

    /// <summary>Pictures, whatever they belong to, and never longer than that: a month, since they show most.</summary>
    public TimeSpan Crops { get; init; } = TimeSpan.FromDays(30);

    public TimeSpan Longest => new[] { Reads, Faces, Hits }.Max();

    /// <summary>The time for a kind as it is written on the wire; null for what is not deleted.</summary>
    public TimeSpan? Of(string kind) => kind switch
    {
        "node.gap" => null,
        "plate.hit" => Hits,
        "plate.read" or "camera.down" or "camera.up" or "node.health" or "list.applied" => Reads,
        _ => Faces,
    };
}
