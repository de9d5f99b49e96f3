namespace Picket.Agent.Recognize;

/// <summary>A small set of texts, by classes; each one once, numbered in the order they came. Allocates nothing after
/// construction.</summary>
internal sealed class PlateTexts(int capacity)
{
    private readonly byte[] _classes = new byte[capacity * PlateAlphabet.MaxLength];
    private readonly int[] _lengths = new int[capacity];

    public int Count { get; private set; }

    /// <summary>Valid until the next <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> this[int index] =>
        _classes.AsSpan(index * PlateAlphabet.MaxLength, _lengths[index]);

    public void Clear() => Count = 0;

    /// <summary>Takes in a text of at most <see cref="PlateAlphabet.MaxLength"/> classes.</summary>
    /// <returns>Its number, also when it was there before; -1 when the set is full.</returns>
    public int Add(ReadOnlySpan<byte> text)
    {
        for (var i = 0; i < Count; i++)
        {
            if (this[i].SequenceEqual(text)) return i;
        }
        if (Count == capacity) return -1;
        text.CopyTo(_classes.AsSpan(Count * PlateAlphabet.MaxLength));
        _lengths[Count] = text.Length;
        return Count++;
    }
}
