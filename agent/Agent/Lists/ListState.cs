using Picket.Wire;

namespace Picket.Agent.Lists;

/// <summary>What is searched of one list, and what is wrong with it.</summary>
/// <param name="Of">Plates or faces: <see cref="ListAppliedBody.Of"/>.</param>
/// <param name="Entries">Plates, or embeddings of people, that are searched.</param>
/// <param name="Problem">Null when all of the list is searched.</param>
/// <param name="LastGood">The copy of the last usable list is searched.</param>
internal sealed record ListState(
    string Name, string Of, string Version, int Entries, string? Problem = null, bool LastGood = false)
{
    /// <summary>One that can't be read at all may come any moment: a disk that is mounted late, a copy under
    /// way.</summary>
    public bool IsMissing { get; init; }

    /// <summary>By this name its warning is known.</summary>
    public string Subject => $"list {Name} ({Of})";

    /// <summary>For the log and health, or null. What is wrong with single pictures is warned of one by one.</summary>
    public string? Warning => Problem is null || (Of == ListAppliedBody.Faces && Entries > 0 && !LastGood) ? null
        : $"{Subject}: {Searched}{Problem}";

    public ListAppliedBody Body => new(
        Name, Of, Version, Entries,
        Problem is null ? null : PlainText.Of(Problem, ListAppliedBody.MaxProblemCharacters - 3), LastGood);

    /// <summary>Before the problem, whose end may be cut.</summary>
    private string Searched => LastGood ? $"the last good copy stands in: {Entries} entries; "
        : Entries == 0 ? "nothing is looked for by it; "
        : "";
}
