using Picket.Center.Receive;
using Picket.Center.Store;
using Picket.Wire;

namespace Picket.Center.Web;

/// <summary>The state of a node.</summary>
/// <param name="Online">As the node or its last will reported; null while nothing was reported.</param>
/// <param name="Lost">Events that the node itself declared lost.</param>
/// <param name="UnknownGaps">How often it declared a loss whose extent it does not know.</param>
/// <param name="Missing">Events that never arrived, that the node no longer holds and that nobody declared lost.</param>
/// <param name="Awaited">Events that the node holds and that are still to come.</param>
/// <param name="CamerasDownWhy">Its cameras that are down, each with the reason the node gave.</param>
/// <param name="Conflicts">Events that claimed the number of another: the node was set back, or copied.</param>
/// <param name="Twice">Two machines used this name within the last hour.</param>
/// <param name="OverBudget">It has sent more than its share: the rest waits at the node.</param>
/// <param name="ClockDoubt">Its clock is more than an hour off ours.</param>
/// <param name="Trouble">Whether a person should look.</param>
internal sealed record NodeView(
    string Name, bool? Online, long? Pending, long Lost, long UnknownGaps, long Missing, long Awaited,
    long Conflicts, bool Twice, bool OverBudget, bool ClockDoubt, string? CamerasDown, string? CamerasDownWhy,
    DateTimeOffset? LastReceivedAt, bool Trouble)
{
    /// <summary>16 cameras with a name of 63 and a reason of 160 characters each.</summary>
    private const int MaxWhy = 16 * (63 + 160 + 5);

    /// <summary>A billion events of 700 bytes are 700 GB: a node can't possibly hold more.</summary>
    private const long MostAwaited = 1_000_000_000;

    public static NodeView From(string name, CenterState state, DateTimeOffset now, NodeRow? row) => new(
        name,
        state.IsOnline(name),
        row?.Pending,
        row?.Lost ?? 0,
        row?.UnknownGaps ?? 0,
        row?.Missing ?? 0,
        row?.Awaited ?? 0,
        row?.Conflicts ?? 0,
        state.IsTwice(name, now),
        state.IsOverBudget(name, now),
        state.IsClockInDoubt(name),
        row?.CamerasDown,
        row?.CamerasDownWhy is { } why ? PlainText.Of(why, MaxWhy) : null,
        row is null ? null : UnixMicroseconds.ToMoment(row.LastReceivedAt),
        state.IsOnline(name) == false || state.IsTwice(name, now) || state.IsClockInDoubt(name)
            || state.IsOverBudget(name, now)
            || row is { Conflicts: > 0 } || row is { Lost: > 0 } or { UnknownGaps: > 0 } or { Missing: > 0 } or { CamerasDown: not null }
            || row is { Awaited: > MostAwaited } or { Pending: > MostAwaited });
}
