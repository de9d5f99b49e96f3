using Picket.Agent.Ingest;
using Picket.Agent.Track;

namespace Picket.Agent.Faces;

/// <summary>Is shown what a <see cref="FaceLane"/> sees, on its thread. Arguments are lent for the call only.</summary>
internal interface IFaceObserver
{
    /// <summary>The lane has looked at <paramref name="frame"/>.</summary>
    /// <param name="tracks">For each face the confirmed track that it belongs to, or 0.</param>
    void Found(Frame frame, ReadOnlySpan<Detection> found, ReadOnlySpan<long> tracks);

    /// <summary>A track has ended.</summary>
    void Ended(TrackedObject face);
}
