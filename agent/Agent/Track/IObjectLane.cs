using Picket.Agent.Ingest;

namespace Picket.Agent.Track;

/// <summary>
/// One kind of object's way through a camera's analysis: detect, track, best shot, recognize, decide. One thread at a
/// time.
/// </summary>
internal interface IObjectLane : IDisposable
{
    /// <summary>True when the detector should run on the frame that arrived at <paramref name="arrived"/>; the next look
    /// is then due one interval later.</summary>
    bool IsDue(TimeSpan arrived);

    /// <summary>Runs the detector on the frame, and tells what follows from it.</summary>
    void Look(Frame frame);

    /// <summary>Moves what is followed on to a frame that is not looked at.</summary>
    void Skip(TimeSpan time);

    /// <summary>The stream was cut: ends and forgets everything that is open.</summary>
    void Cut(string reason, DateTimeOffset at);
}
