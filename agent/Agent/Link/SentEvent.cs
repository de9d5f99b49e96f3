namespace Picket.Agent.Link;

/// <summary>An event under way: given to the link, not yet acknowledged by the center.</summary>
internal sealed class SentEvent(Guid id, int lane, byte[] body, long? decoded)
{
    public Guid Id => id;

    public int Lane => lane;

    /// <summary>Kept for another attempt; the window bounds the sum.</summary>
    public byte[] Body => body;

    public long? Decoded => decoded;

    public long SentAt { get; set; }

    /// <summary>Counts what the session sends: the center gets messages in this order, so an ack of a later one tells
    /// that this one is lost.</summary>
    public long Order { get; set; }

    public int Attempts { get; set; }

    /// <summary>To be sent again.</summary>
    public bool IsDue { get; set; }
}
