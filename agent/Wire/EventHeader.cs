namespace Picket.Wire;

/// <summary>
/// A message without its matter, of whatever kind: what a center can read, store and acknowledge of the messages of a
/// later build.
/// </summary>
/// <remarks>The fields are those of <see cref="EventEnvelope"/>.</remarks>
/// <param name="Kind">Any name, see <see cref="IsKindName"/>.</param>
public sealed record EventHeader(
    int V,
    Guid Id,
    string Node,
    Guid Epoch,
    long Seq,
    DateTimeOffset At,
    long Mono,
    string Kind,
    string? Camera = null,
    Guid? Passage = null,
    PassagePhase? Phase = null,
    int Rev = 0)
{
    private const int MaxKindLength = 40;

    /// <summary>True for 1 to 40 of a-z, 0-9, '.' and '-': what may stand in a log line and on a page.</summary>
    public static bool IsKindName(string kind) =>
        kind.Length is >= 1 and <= MaxKindLength
        && kind.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '-');
}
