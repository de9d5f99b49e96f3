namespace Picket.Agent.Imaging;

/// <summary>For each output along one axis of one plane: the first source sample, the number of samples, and their
/// integer weights.</summary>
/// <remarks>Weights are rounded cumulatively, so that they add up to <see cref="Unity"/> exactly; zero weights at the
/// ends are dropped.</remarks>
internal sealed class AxisTaps
{
    private readonly int[] _start;
    private readonly int[] _offset;
    private readonly short[] _weights;

    /// <param name="origin">Where output 0 begins, in samples of the plane (sample i covers i..i+1).</param>
    /// <param name="ratio">Source samples per output.</param>
    /// <param name="samples">Samples in the plane along this axis; coordinates beyond are clamped (border
    /// replicated).</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="area">Mean over the footprint when shrinking; otherwise bilinear.</param>
    /// <param name="unity">What the weights of one output add up to.</param>
    public AxisTaps(double origin, double ratio, int samples, int outputs, bool area, int unity)
    {
        Unity = unity;
        _start = new int[outputs];
        _offset = new int[outputs + 1];
        var weights = new List<short>();
        var box = area && ratio > 1;
        for (var d = 0; d < outputs; d++)
        {
            _start[d] = box
                ? AddBox(weights, origin + (d * ratio), origin + ((d + 1) * ratio), samples)
                : AddBilinear(weights, origin + ((d + 0.5) * ratio) - 0.5, samples);
            _offset[d + 1] = weights.Count;
        }

        _weights = [.. weights];
    }

    public int Unity { get; }
    public int Outputs => _start.Length;

    /// <summary>First source sample of output <paramref name="d"/>.</summary>
    public int Start(int d) => _start[d];

    /// <summary>Number of samples of output <paramref name="d"/>, at least 1.</summary>
    public int Count(int d) => _offset[d + 1] - _offset[d];

    /// <summary>Weights of output <paramref name="d"/>, all in 0..<see cref="Unity"/>.</summary>
    public ReadOnlySpan<short> Weights(int d) => _weights.AsSpan(_offset[d], Count(d));

    private int AddBilinear(List<short> weights, double center, int samples)
    {
        center = Math.Clamp(center, 0, samples - 1);
        var first = (int)center;
        var second = (int)Math.Round((center - first) * Unity);
        if (second == Unity) (first, second) = (first + 1, 0);
        weights.Add((short)(Unity - second));
        if (second > 0) weights.Add((short)second);
        return first;
    }

    private int AddBox(List<short> weights, double from, double to, int samples)
    {
        from = Math.Clamp(from, 0, samples - 1);
        to = Math.Clamp(to, from, samples);
        int first = (int)from, last = Math.Max(first, (int)Math.Ceiling(to) - 1);
        var length = to - from;
        int start = -1, given = 0, pendingZeros = 0;
        for (var i = first; i <= last; i++)
        {
            double covered = length > 0 ? (Math.Min(i + 1, to) - from) / length : 1;
            var upTo = i == last ? Unity : (int)Math.Round(covered * Unity);
            var weight = upTo - given;
            given = upTo;
            if (weight == 0)
            {
                pendingZeros++;
                continue;
            }

            start = start < 0 ? i : start;
            for (; pendingZeros > 0 && i != start; pendingZeros--) weights.Add(0);
            pendingZeros = 0;
            weights.Add((short)weight);
        }

        return start;
    }
}

/// <summary>The taps of one plane (or of both chroma planes) in both directions, and the columns they touch.</summary>
internal sealed class PlaneTaps
{
    /// <summary>Vertical weights: 8 bits, so that a weighted sum of bytes exactly fits in 16 bits (255 * 256 =
    /// 65,280).</summary>
    public const int RowUnity = 256;

    /// <summary>Horizontal weights: 14 bits, the largest power of two that a signed 16-bit weight can hold
    /// (2^14).</summary>
    public const int ColumnUnity = 16384;

    public PlaneTaps(AxisTaps rows, AxisTaps columns)
    {
        Rows = rows;
        Columns = columns;
        var end = 0;
        FirstColumn = int.MaxValue;
        for (var d = 0; d < columns.Outputs; d++)
        {
            FirstColumn = Math.Min(FirstColumn, columns.Start(d));
            end = Math.Max(end, columns.Start(d) + columns.Count(d));
        }

        ColumnCount = end - FirstColumn;
        Blocks = new TapBlocks(columns, FirstColumn);
    }

    public AxisTaps Rows { get; }
    public AxisTaps Columns { get; }

    /// <summary>Leftmost column that any output reads.</summary>
    public int FirstColumn { get; }

    /// <summary>Number of columns from there to the rightmost one that is read.</summary>
    public int ColumnCount { get; }

    /// <summary>The column taps in the form the vector twins read.</summary>
    public TapBlocks Blocks { get; }
}
