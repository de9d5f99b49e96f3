using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>An event under way: given to the link, not yet acknowledged by the center.</summary>
internal sealed class SentEvent(Guid id, int lane, byte[] body, long? decoded)
{
    public Guid Id => id;

    public int Lane => lane;

    /// <summary>Kept for another attempt; the window bounds the sum.</summary>
    public byte[] Body => body;

    public long? Decoded => decoded;

    /// <summary>What a packed event is acknowledged by; null if the body does not say: then it goes alone.</summary>
    public (Guid Epoch, long Seq)? Number { get; init; }

    /// <summary>What a refusal identifies it by; computed on demand.</summary>
    public byte[] Digest => field ??= AckRefusal.DigestOf(body);

    /// <summary>Its share of the bytes under way.</summary>
    public int Size { get; set; }

    /// <summary>The state of the line when it was first sent.</summary>
    public SendMark Mark { get; set; }

    public long SentAt { get; set; }

    /// <summary>Counts the messages that the session sends: the center gets them in this order, so an ack for a later one
    /// shows that this one is lost.</summary>
    public long Order { get; set; }

    public int Attempts { get; set; }

    /// <summary>To be sent again.</summary>
    public bool IsDue { get; set; }

    /// <summary>Gives each event its share of the message's bytes; the shares add up to all of them.</summary>
    public static void Share(int bytes, SendMark mark, IReadOnlyList<SentEvent> events)
    {
        var (left, unpacked) = ((long)bytes, events.Sum(sent => (long)sent.Body.Length));
        foreach (var sent in events)
        {
            sent.Mark = mark;
            sent.Size = unpacked == 0 ? 0 : (int)(left * sent.Body.Length / unpacked);
            left -= sent.Size;
            unpacked -= sent.Body.Length;
        }
    }
}
