namespace Picket.Agent.Track;

/// <summary>
/// Decides on which frames the detector runs: at its rate, and once more right after something new appeared.
/// </summary>
/// <remarks>
/// A face that walks through the view moves by more than its own width between two looks 125 ms apart, so their boxes
/// would not overlap and it would never be followed. The look at the very next frame tells its speed; prediction does
/// the rest.
/// </remarks>
/// <param name="every">Between two looks.</param>
internal struct DetectorPace(TimeSpan every)
{
    private TimeSpan _next = TimeSpan.Zero;

    /// <summary>
    /// True when the detector should run on the frame that arrived at <paramref name="arrived"/>; the next look is then
    /// due one interval later.
    /// </summary>
    /// <param name="arrived">Never by a camera's clock (<see cref="Ingest.Frame.Arrived"/>).</param>
    /// <param name="somethingNew">An object was seen for the first time on the last look.</param>
    public bool IsDue(TimeSpan arrived, bool somethingNew)
    {
        if (arrived < _next && !somethingNew) return false;
        // From now on, not from when it was due: after a stall nothing is made up for.
        _next = arrived + every;
        return true;
    }

    /// <summary>The stream began again: the next frame is due.</summary>
    public void Reset() => _next = TimeSpan.Zero;
}
