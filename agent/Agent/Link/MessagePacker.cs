using Picket.Wire;

namespace Picket.Agent.Link;

/// <summary>Decides how many events go into one message, and makes it: packed for a center that said it reads packed
/// messages, one event each for any other.</summary>
internal sealed class MessagePacker
{
    /// <summary>A message that is much larger than this gains nothing more from its neighbors; smaller ones are made if
    /// half of the window is less.</summary>
    private const int MaxBytes = 16 * 1024;

    /// <summary>What packing leaves of typical events, until it is measured: a fifth among ten.</summary>
    private double _share = 0.2;

    /// <summary>Whether this center reads packed messages.</summary>
    public bool IsAgreed { get; private set; }

    /// <summary>Learns from an ack what the center reads.</summary>
    public void Learn(Ack ack) => IsAgreed |= ack.Packed >= PackedMessages.Version;

    /// <summary>How many events, at least one, go together in a message of about half of
    /// <paramref name="windowBytes"/>, and its size on the wire as far as it can be estimated.</summary>
    /// <param name="lengths">Of the events' JSON, in order; 0 for one that must go alone.</param>
    /// <param name="isFull">No more would fit.</param>
    public (int Count, int Bytes) Fit(ReadOnlySpan<int> lengths, int windowBytes, out bool isFull)
    {
        isFull = true;
        if (!IsAgreed || lengths[0] == 0) return (1, lengths[0] + LineRate.MessageOverheadBytes);
        var target = Math.Min(windowBytes / 2, MaxBytes);
        var (count, unpacked) = (0, 0);
        foreach (var length in lengths)
        {
            var sum = unpacked + length + 1;
            var isOver = sum > PackedMessages.MaxUnpackedBytes || Estimate(sum) > target;
            if (count == PackedMessages.MaxMessages || (count > 0 && (isOver || length == 0)))
                return (count, Estimate(unpacked));
            (count, unpacked) = (count + 1, sum);
        }
        isFull = false;
        return (count, Estimate(unpacked));
    }

    /// <summary>The payload of one message.</summary>
    /// <param name="events">As many as <see cref="Fit"/> says.</param>
    public ReadOnlyMemory<byte> Pack(IReadOnlyList<SentEvent> events)
    {
        if (!IsAgreed || events is [{ Number: null }]) return events[0].Body;
        var unpacked = events.Sum(e => e.Body.Length + 1);
        var packed = PackedMessages.Write([.. events.Select(e => (ReadOnlyMemory<byte>)e.Body)]);
        _share += (((double)packed.Length / unpacked) - _share) / 8;
        return packed;
    }

    /// <summary>A chunk of a crop as it is sent.</summary>
    public ReadOnlyMemory<byte> Pack(byte[] chunk) => IsAgreed ? PackedMessages.Write(chunk) : chunk;

    private int Estimate(int unpacked) => (int)(unpacked * _share) + LineRate.MessageOverheadBytes;
}
