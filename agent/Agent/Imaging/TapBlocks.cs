namespace Picket.Agent.Imaging;

/// <summary>Column taps rearranged for vectors: blocks of 16 outputs, with the taps in pairs as the 16-bit multiply-add
/// needs them.</summary>
/// <remarks>
/// The last block overlaps the one before it, so that every block is full. Outputs with fewer taps than others have
/// pairs of weight 0. Fewer than 16 outputs form no block: they are left to the scalar twin.
/// </remarks>
internal sealed class TapBlocks
{
    public const int Outputs = 16;

    /// <summary>16-bit elements of one pair of 16 outputs: a 512-bit register.</summary>
    public const int PairLength = 2 * Outputs;

    private readonly AlignedBuffer<short> _weights;
    private readonly AlignedBuffer<short> _indices;
    private readonly AlignedBuffer<int> _starts;

    public TapBlocks(AxisTaps taps, int firstColumn)
    {
        Count = taps.Outputs < Outputs ? 0 : (taps.Outputs + Outputs - 1) / Outputs;
        for (var d = 0; d < taps.Outputs; d++) Pairs = Math.Max(Pairs, (taps.Count(d) + 1) / 2);
        _weights = new AlignedBuffer<short>(Count * Pairs * PairLength);
        _indices = new AlignedBuffer<short>(Count * Pairs * PairLength);
        _starts = new AlignedBuffer<int>(Count * Outputs);
        FirstOutput = new int[Count];
        Base = new int[Count];
        for (var block = 0; block < Count; block++)
        {
            FirstOutput[block] = Math.Min(block * Outputs, taps.Outputs - Outputs);
            Base[block] = taps.Start(FirstOutput[block]) - firstColumn;
            for (var lane = 0; lane < Outputs; lane++) AddLane(taps, firstColumn, block, lane);
        }
    }

    /// <summary>Number of blocks.</summary>
    public int Count { get; }

    /// <summary>Pairs of taps per output.</summary>
    public int Pairs { get; }

    /// <summary>Maximum number of elements from a block's base to the last one it reads.</summary>
    public int Span { get; private set; }

    /// <summary>First output of each block.</summary>
    public int[] FirstOutput { get; }

    /// <summary>First element of the blended row that a block reads.</summary>
    public int[] Base { get; }

    /// <summary>Weights, [block][pair][output][2].</summary>
    public ReadOnlySpan<short> Weights => _weights.Span;

    /// <summary>Elements counted from the block's base, in the order of the weights.</summary>
    public ReadOnlySpan<short> Indices => _indices.Span;

    /// <summary>First element of each output, counted from the row's start, [block][output].</summary>
    public ReadOnlySpan<int> Starts => _starts.Span;

    private void AddLane(AxisTaps taps, int firstColumn, int block, int lane)
    {
        int output = FirstOutput[block] + lane, start = taps.Start(output) - firstColumn;
        var weights = taps.Weights(output);
        _starts.Span[(block * Outputs) + lane] = start;
        Span = Math.Max(Span, start + weights.Length - Base[block]);
        for (var t = 0; t < weights.Length; t++)
        {
            var at = (((block * Pairs) + (t / 2)) * PairLength) + (2 * lane) + (t & 1);
            _weights.Span[at] = weights[t];
            _indices.Span[at] = (short)(start - Base[block] + t);
        }
    }
}
