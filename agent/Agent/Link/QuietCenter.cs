namespace Picket.Agent.Link;

/// <summary>Holds back what is new while the center acknowledges nothing of what is under way.</summary>
/// <remarks>What goes into a line or a center that stands still has to go again. But a single event that the center leaves
/// unacknowledged looks the same, so one message follows each time <see cref="LinkOptions.HoldAfter"/> has passed again.</remarks>
internal sealed class QuietCenter(LinkOptions options, TimeProvider time)
{
    private long _heardAt;
    private long _sentAt;

    /// <summary>Whether nothing new may follow now, given that something is under way.</summary>
    public bool Holds =>
        time.GetElapsedTime(_heardAt) >= options.HoldAfter && time.GetElapsedTime(_sentAt) < options.HoldAfter;

    /// <summary>The center acknowledged something.</summary>
    public void Acknowledged() => _heardAt = time.GetTimestamp();

    /// <summary>A message was sent for the first time.</summary>
    /// <param name="isAlone">Nothing else waits for an ack: the wait begins.</param>
    public void Sent(bool isAlone)
    {
        _sentAt = time.GetTimestamp();
        if (isAlone) _heardAt = _sentAt;
    }
}
