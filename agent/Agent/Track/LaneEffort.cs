namespace Picket.Agent.Track;

/// <summary>How hard a lane looks.</summary>
internal enum LaneEffort
{
    /// <summary>As on a node: tracked objects are recognized on their best shots.</summary>
    Node,

    /// <summary>As on a node, but everything detected is recognized, tracked or not.</summary>
    EveryShot,

    /// <summary>As <see cref="EveryShot"/>, for a picture that no further frame follows: looks harder, and tracks nothing.</summary>
    SinglePicture,
}
