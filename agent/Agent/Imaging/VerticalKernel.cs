namespace Picket.Agent.Imaging;

/// <summary>Weighs several source rows into one row of 16-bit sums: <c>sum(sample * weight) - 32768</c>, weights adding up to 256.</summary>
/// <remarks>The subtraction makes the sums signed, as the multiply-add of the horizontal kernel needs them. All twins are equal bit for bit.</remarks>
internal static class VerticalKernel
{
    /// <summary>Blends <c>sums.Length</c> columns of the rows that start at <c>plane[0]</c>, <paramref name="stride"/> bytes apart, one per weight.</summary>
    public static void Blend(
        KernelIsa isa, ReadOnlySpan<byte> plane, int stride, ReadOnlySpan<short> weights, Span<short> sums)
    {
        CheckRows(plane.Length, stride, weights.Length, sums.Length);
        BlendScalar(plane, stride, weights, sums);
    }

    /// <summary>Likewise for rows of interleaved pairs (NV12): even bytes go to <paramref name="first"/>, odd bytes to <paramref name="second"/>.</summary>
    public static void BlendPairs(
        KernelIsa isa, ReadOnlySpan<byte> plane, int stride, ReadOnlySpan<short> weights, Span<short> first, Span<short> second)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(second.Length, first.Length);
        CheckRows(plane.Length, stride, weights.Length, 2 * first.Length);
        BlendPairsScalar(plane, stride, weights, first, second);
    }

    private static void CheckRows(int length, int stride, int rows, int bytes)
    {
        if (length < ((long)stride * (rows - 1)) + bytes)
        {
            throw new ArgumentException($"{rows} rows of {bytes} bytes, {stride} apart, do not fit in a plane of {length} bytes");
        }
    }

    private static void BlendScalar(ReadOnlySpan<byte> plane, int stride, ReadOnlySpan<short> weights, Span<short> sums)
    {
        for (int x = 0; x < sums.Length; x++)
        {
            int sum = short.MinValue;
            for (int row = 0; row < weights.Length; row++)
            {
                sum += plane[(row * stride) + x] * weights[row];
            }

            sums[x] = (short)sum;
        }
    }

    private static void BlendPairsScalar(
        ReadOnlySpan<byte> plane, int stride, ReadOnlySpan<short> weights, Span<short> first, Span<short> second)
    {
        for (int x = 0; x < first.Length; x++)
        {
            int even = short.MinValue, odd = short.MinValue;
            for (int row = 0; row < weights.Length; row++)
            {
                int at = (row * stride) + (2 * x);
                even += plane[at] * weights[row];
                odd += plane[at + 1] * weights[row];
            }

            first[x] = (short)even;
            second[x] = (short)odd;
        }
    }
}
