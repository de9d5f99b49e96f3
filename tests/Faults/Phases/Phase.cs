namespace Picket.Faults.Phases;

/// <summary>Where an event is when a part is killed.</summary>
internal enum Phase
{
    /// <summary>The node's outbox is at work on a COMMIT with events.</summary>
    Commit,

    /// <summary>An event is given to the link, the broker has not answered.</summary>
    Publish,

    /// <summary>The center's database is at work on a COMMIT with events.</summary>
    CenterCommit,

    /// <summary>The center has committed; the ack is not yet at the node, or the node has not committed it.</summary>
    Ack,

    /// <summary>Any moment.</summary>
    Any,
}
