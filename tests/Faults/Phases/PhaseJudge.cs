namespace Picket.Faults.Phases;

/// <summary>Says from the announcements in which phases a moment was.</summary>
internal static class PhaseJudge
{
    /// <summary>All phases in which something was at the moment of a kill, which lies between
    /// <paramref name="before"/> and <paramref name="after"/> (one is read before kill(2), the other after it).</summary>
    /// <remarks>A phase counts only if it began before the kill and its end was not announced until after it; so a kill
    /// on the edge is in no phase.</remarks>
    public static IReadOnlyList<Phase> PhasesAt(
        IReadOnlyList<PhaseEvent> node, IReadOnlyList<PhaseEvent> center, long before, long after)
    {
        var phases = new List<Phase>();
        if (IsOpen(node, before, after, e => e is { Word: "commit+", Events: > 0 }, e => e.Word == "commit-"))
            phases.Add(Phase.Commit);
        var sent = node.Where(e => e.Word == "publish+" && e.At <= before).Sum(e => e.Events);
        var answered = node.Where(e => e.Word == "publish-" && e.At <= after).Sum(e => e.Events);
        if (sent > answered) phases.Add(Phase.Publish);
        if (IsOpen(center, before, after, e => e is { Word: "commit+", Events: > 0 }, e => e.Word == "commit-"))
            phases.Add(Phase.CenterCommit);
        var onTheWay = IsOpen(
            [.. center.Concat(node).OrderBy(e => e.At)], before, after,
            e => e is { Word: "commit-", Events: > 0 } && center.Contains(e), e => e.Word == "ack+");
        var received = IsOpen(
            node, before, after, e => e.Word == "ack+", e => e is { Word: "commit-", Acks: > 0 });
        if (onTheWay || received) phases.Add(Phase.Ack);
        return phases;
    }

    private static bool IsOpen(
        IReadOnlyList<PhaseEvent> events, long before, long after, Func<PhaseEvent, bool> begins,
        Func<PhaseEvent, bool> ends)
    {
        var last = events.LastOrDefault(e => e.At <= before && begins(e));
        return last != default && !events.Any(e => e.At > last.At && e.At <= after && ends(e));
    }
}
