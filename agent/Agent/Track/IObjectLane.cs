using Picket.Agent.Ingest;

namespace Picket.Agent.Track;

/// <summary>
/// The analysis of one kind of object in a camera: detect, track, best shot, recognize, decide. One thread at a time.
/// </summary>
internal interface IObjectLane : IDisposable
{
    /// <summary>True when the detector should run on the frame that arrived at <paramref name="arrived"/>; the next look
    /// is then due one interval later.</summary>
    bool IsDue(TimeSpan arrived);

    /// <summary>Runs the detector on the frame, and reports what follows from it.</summary>
    void Look(Frame frame);

    /// <summary>Advances what is followed to a frame that is not looked at.</summary>
    void Skip(TimeSpan time);

    /// <summary>The stream was cut: ends and forgets everything open.</summary>
    void Cut(string reason, DateTimeOffset at);
}
