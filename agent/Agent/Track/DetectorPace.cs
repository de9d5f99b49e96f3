namespace Picket.Agent.Track;

/// <summary>
/// Decides on which frames the detector runs: at its rate, and once more right after something new appears.
/// </summary>
/// <remarks>
/// A walking person's face moves by more than its own width between two looks 125 ms apart, so the boxes would not overlap and it would
/// never be followed. The look at the very next frame shows its speed; prediction does the rest.
/// </remarks>
/// <param name="every">Between two looks.</param>
internal struct DetectorPace(TimeSpan every)
{
    private TimeSpan _next = TimeSpan.Zero;

    /// <summary>
    /// True when the detector should run on the frame that arrived at <paramref name="arrived"/>; the next look is then
    /// due one interval later.
    /// </summary>
    /// <param name="arrived">Never on a camera's clock (<see cref="Ingest.Frame.Arrived"/>).</param>
    /// <param name="somethingNew">An object was seen for the first time in the last look.</param>
    public bool IsDue(TimeSpan arrived, bool somethingNew)
    {
        if (arrived < _next && !somethingNew) return false;
        // Counted from now, not from when it was due: nothing is made up after a stall.
        _next = arrived + every;
        return true;
    }

    /// <summary>The stream restarted: the next frame is due.</summary>
    public void Reset() => _next = TimeSpan.Zero;
}
