using Picket.Agent.Ingest;

namespace Picket.Agent.Plates;

/// <summary>Is shown what a <see cref="PlateLane"/> sees, on its thread. Arguments are lent for the call
/// only.</summary>
internal interface IPlateObserver
{
    /// <summary>The lane has looked at <paramref name="frame"/>.</summary>
    /// <param name="tracks">For each plate the confirmed track that it belongs to, or 0.</param>
    void Found(Frame frame, ReadOnlySpan<PlateDetection> found, ReadOnlySpan<long> tracks);

    /// <summary>One of the plates found last was read, from this shot alone.</summary>
    void Read(Frame frame, int index, PlateRead read);

    /// <summary>A track has ended, or another plate has taken the place of the one it followed.</summary>
    void Ended(long track, in PlateStay stay, bool isReplaced);
}
