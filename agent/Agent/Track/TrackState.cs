namespace Picket.Agent.Track;

/// <summary>The life of a tracked object.</summary>
internal enum TrackState
{
    /// <summary>Seen once; a second sighting confirms it, a miss forgets it.</summary>
    Tentative,
    Confirmed,

    /// <summary>Not seen now, still expected at its predicted place.</summary>
    Lost,

    /// <summary>Gone for longer than the tracker waits.</summary>
    Ended,
}
