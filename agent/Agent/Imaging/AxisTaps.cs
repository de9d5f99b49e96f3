namespace Picket.Agent.Imaging;

/// <summary>For each output along one axis of one plane: the first source sample, how many, and their integer
/// weights.</summary>
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
        bool box = area && ratio > 1;
        for (int d = 0; d < outputs; d++)
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
        int first = (int)center;
        int second = (int)Math.Round((center - first) * Unity);
        if (second == Unity)
        {
            (first, second) = (first + 1, 0);
        }

        weights.Add((short)(Unity - second));
        if (second > 0)
        {
            weights.Add((short)second);
        }

        return first;
    }

    private int AddBox(List<short> weights, double from, double to, int samples)
    {
        from = Math.Clamp(from, 0, samples - 1);
        to = Math.Clamp(to, from, samples);
        int first = (int)from, last = Math.Max(first, (int)Math.Ceiling(to) - 1);
        double length = to - from;
        int start = -1, given = 0, pendingZeros = 0;
        for (int i = first; i <= last; i++)
        {
            double covered = length > 0 ? (Math.Min(i + 1, to) - from) / length : 1;
            int upTo = i == last ? Unity : (int)Math.Round(covered * Unity);
            int weight = upTo - given;
            given = upTo;
            if (weight == 0)
            {
                pendingZeros++;
                continue;
            }

            start = start < 0 ? i : start;
            for (; pendingZeros > 0 && i != start; pendingZeros--)
            {
                weights.Add(0);
            }

            pendingZeros = 0;
            weights.Add((short)weight);
        }

        return start;
    }
}
