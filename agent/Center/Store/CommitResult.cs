namespace Picket.Center.Store;

/// <summary>What a commit did; only after it may anything be acknowledged or shown.</summary>
/// <param name="Stored">Events that were not there before, in the order given.</param>
/// <param name="Acknowledged">Ids by node that are now (or were already) safe: events and crops.</param>
/// <param name="Conflicts">Events that claim a place another event holds; kept aside, see
/// <see cref="CenterStore"/>.</param>
/// <param name="Duplicates">Events that were there already.</param>
/// <param name="LastChange">The number of the newest change of a passage.</param>
internal sealed record CommitResult(
    IReadOnlyList<ReceivedEvent> Stored,
    IReadOnlyList<(string Node, Guid Id)> Acknowledged,
    IReadOnlyList<ReceivedEvent> Conflicts,
    int Duplicates,
    long LastChange)
{
    /// <summary>Of an empty batch.</summary>
    public static CommitResult Nothing { get; } = new([], [], [], 0, 0);

    /// <summary>This and what a later commit did.</summary>
    public CommitResult With(CommitResult later) => new(
        [.. Stored, .. later.Stored], [.. Acknowledged, .. later.Acknowledged], [.. Conflicts, .. later.Conflicts],
        Duplicates + later.Duplicates, Math.Max(LastChange, later.LastChange));
}
