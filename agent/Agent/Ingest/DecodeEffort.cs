namespace Picket.Agent.Ingest;

/// <summary>
/// How much of a stream is decoded: the rungs of the overload ladder, each cheaper than the one before.
/// </summary>
internal enum DecodeEffort
{
    Full,

    /// <summary>
    /// Without the loop filter: about 80 to 85 % of the cost; small errors that each key frame clears.
    /// </summary>
    NoLoopFilter,

    /// <summary>Also without frames that no other refers to: a third fewer frames in streams that have such.</summary>
    ReferencesOnly,

    /// <summary>Key frames alone: about an eighth of the cost.</summary>
    KeyFramesOnly,
}
