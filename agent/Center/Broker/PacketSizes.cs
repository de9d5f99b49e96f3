namespace Picket.Center.Broker;

/// <summary>Follows the packets of one direction of a connection by their fixed headers (MQTT 5.0, section 2.1.1), and refuses one
/// that is too long as soon as its length is known.</summary>
/// <param name="most">The longest that a packet may be after its fixed header, in bytes.</param>
/// <param name="mostOfFirst">As <paramref name="most"/>, for the first packet, which must be a CONNECT.</param>
internal sealed class PacketSizes(int most, int mostOfFirst)
{
    private const int Connect = 0x10;

    /// <summary>The length has at most four bytes of seven bits.</summary>
    private const int MostShift = 21;

    private bool _isFirst = true;
    private int _shift = -1; // before the first byte of a header
    private int _length;
    private int _left;

    /// <summary>Takes the next bytes. False if they are not an acceptable packet; the reason says why.</summary>
    public bool Take(ReadOnlySpan<byte> bytes, out string reason)
    {
        reason = "";
        while (bytes.Length > 0)
        {
            if (_left > 0)
            {
                var passed = Math.Min(_left, bytes.Length);
                _left -= passed;
                bytes = bytes[passed..];
                continue;
            }
            if (!TakeOfHeader(bytes[0], out reason)) return false;
            bytes = bytes[1..];
        }
        return true;
    }

    private bool TakeOfHeader(byte one, out string reason)
    {
        reason = "";
        if (_shift < 0)
        {
            if (_isFirst && one != Connect) reason = "it does not begin with CONNECT";
            (_shift, _length) = (0, 0);
            return reason.Length == 0;
        }
        _length |= (one & 0x7F) << _shift;
        var limit = _isFirst ? mostOfFirst : most;
        // At least this long: the part of the length that is known is never more than the whole.
        if (_length > limit) reason = $"it sends a packet of {_length} bytes or more, and at most {limit} are read";
        else if (one < 0x80) (_left, _shift, _isFirst) = (_length, -1, false);
        else if ((_shift += 7) > MostShift) reason = "the length of its packet does not end";
        return reason.Length == 0;
    }
}
