namespace Picket.Agent.Link;

/// <summary>Holds back new events while the center acknowledges nothing of what is under way.</summary>
/// <remarks>Whatever goes into a line or a center that stands still has to go again. But a single event that the center leaves
/// unacknowledged looks the same, so one event follows after <see cref="LinkOptions.HoldAfter"/>, the next after twice that, and so
/// on: the first acknowledgment ends it.</remarks>
internal sealed class QuietCenter(LinkOptions options, TimeProvider time)
{
    /// <summary>The longest wait between two of them; by then the connection has usually ended.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private long _heardAt;
    private long _sentAt;
    private TimeSpan _wait = options.HoldAfter;

    /// <summary>How many events may follow now, given that some are under way.</summary>
    public int MayFollow =>
        !IsQuiet ? int.MaxValue
        : time.GetElapsedTime(_sentAt) < _wait ? 0
        : 1;

    private bool IsQuiet => time.GetElapsedTime(_heardAt) >= options.HoldAfter;

    /// <summary>The center acknowledged something.</summary>
    public void Acknowledged()
    {
        _heardAt = time.GetTimestamp();
        _wait = options.HoldAfter;
    }

    /// <summary>A message was sent for the first time.</summary>
    /// <param name="isAlone">Nothing else waits for an acknowledgment: the wait for one begins.</param>
    public void Sent(bool isAlone)
    {
        if (isAlone) Acknowledged();
        else if (IsQuiet) _wait = _wait * 2 < LongestWait ? _wait * 2 : LongestWait;
        _sentAt = time.GetTimestamp();
    }
}
