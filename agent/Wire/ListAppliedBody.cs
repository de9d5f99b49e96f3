using System.Text.Json.Serialization;

namespace Picket.Wire;

/// <summary>A node began to search a list, or can't search it as it should.</summary>
/// <param name="List">Its name.</param>
/// <param name="Of"><see cref="Plates"/> or <see cref="Faces"/>.</param>
/// <param name="Version">Of the plates that are searched now, the beginning of the file's SHA-256; empty for people.</param>
/// <param name="Entries">Plates or pictures of people that are searched now.</param>
/// <param name="Problem">What is wrong with it, and what to do; absent when nothing is.</param>
/// <param name="LastGood">The list can't be used: the copy of the last one that could be is searched instead.</param>
public sealed record ListAppliedBody(
    string List,
    string Of,
    string Version,
    long Entries,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Problem = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool LastGood = false)
{
    public const string Plates = "plates";
    public const string Faces = "faces";

    /// <summary>A file's path and a reason.</summary>
    public const int MaxProblemCharacters = 400;

    /// <summary>A thousand times what a list may have, and a million of them can still be added up in 64 bits.</summary>
    private const long MaxEntries = 100_000_000;

    /// <summary>What is out of bounds, or null.</summary>
    internal string? Fault() =>
        Entries is < 0 or > MaxEntries ? "the list's number of entries is out of range"
        : Problem is { Length: > MaxProblemCharacters } ? "the list's problem is too long"
        : null;
}
