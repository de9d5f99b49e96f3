using Picket.Wire;

namespace Picket.Agent.Lists;

/// <summary>How much of one list is searched, and what is wrong with it.</summary>
/// <param name="Of">Plates or faces: <see cref="ListAppliedBody.Of"/>.</param>
/// <param name="Entries">Plates, or embeddings of people, being searched.</param>
/// <param name="Problem">Null when all of the list is searched.</param>
/// <param name="LastGood">The copy of the last usable list is searched.</param>
internal sealed record ListState(
    string Name, string Of, string Version, int Entries, string? Problem = null, bool LastGood = false)
{
    /// <summary>A list that can't be read at all may appear any moment: a disk that is mounted late, a copy in progress.</summary>
    public bool IsMissing { get; init; }

    /// <summary>Identifies the list's warning.</summary>
    public string Subject => $"list {Name} ({Of})";

    /// <summary>For the log and health, or null. Problems with individual pictures are warned about one by one.</summary>
    public string? Warning => Problem is null || (Of == ListAppliedBody.Faces && Entries > 0 && !LastGood) ? null
        : $"{Subject}: {Searched}{Problem}";

    public ListAppliedBody Body => new(
        Name, Of, Version, Entries,
        Problem is null ? null : PlainText.Of(Problem, ListAppliedBody.MaxProblemCharacters - 3), LastGood);

    /// <summary>Put before the problem, whose end may be cut off.</summary>
    private string Searched => LastGood ? $"the last good copy is used: {Entries} entries; "
        : Entries == 0 ? "no entries are searched; "
        : "";
}
