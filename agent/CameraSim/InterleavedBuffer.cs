namespace Picket.CameraSim;

/// <summary>
/// Collects the interleaved frames (RFC 2326 10.12: '$', channel, length) of one picture, to be sent in one write.
/// </summary>
internal sealed class InterleavedBuffer
{
    private const int HeaderBytes = 4;

    private byte[] _bytes = new byte[64 * 1024];
    private int _length;
    private int _open;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public void Clear() => _length = 0;

    /// <summary>
    /// Room for a packet of exactly <paramref name="length"/> bytes, valid until the next call; nothing is written
    /// before <see cref="Commit"/>.
    /// </summary>
    public Span<byte> Open(byte channel, int length)
    {
        var needed = _length + HeaderBytes + length;
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
        _open = length;
        _bytes[_length] = (byte)'$';
        _bytes[_length + 1] = channel;
        _bytes[_length + 2] = (byte)(length >> 8);
        _bytes[_length + 3] = (byte)length;
        return _bytes.AsSpan(_length + HeaderBytes, length);
    }

    public void Commit() => _length += HeaderBytes + _open;
}
