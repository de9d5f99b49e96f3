namespace Picket.Agent.Decide;

/// <summary>What one sighting of a plate is told by: at most one event of the read, and one of the hit.</summary>
/// <param name="Over">The end of a hit that a better reading has taken back.</param>
internal readonly record struct PlateTold(EventDraft? Read, EventDraft? Hit, EventDraft? Over)
{
    public bool IsAnything => Read is not null || Hit is not null || Over is not null;
}
