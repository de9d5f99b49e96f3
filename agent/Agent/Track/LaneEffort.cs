namespace Picket.Agent.Track;

/// <summary>How hard a lane looks.</summary>
internal enum LaneEffort
{
    /// <summary>As a node does: what is followed is recognized on its best shots.</summary>
    Node,

    /// <summary>As a node does, and everything that is found is recognized, followed or not.</summary>
    EveryShot,

    /// <summary>As <see cref="EveryShot"/> at a picture without a next frame to hope for: harder, and nothing is followed.</summary>
    SinglePicture,
}
