namespace Picket.Agent.Imaging;

/// <summary>Weighs the 16-bit sums of one row into one 32-bit sum per output: <c>(value - 128) * 2^22</c> in all.</summary>
/// <remarks>256 from the rows times 16,384 from the columns is 2^22; |sum| is at most 2^15 * 2^14 = 2^29. All twins are equal bit for bit.</remarks>
internal static class HorizontalKernel
{
    /// <summary>What a sum stands for.</summary>
    public static SampleScale Scale { get; } = new(1.0 / (PlaneTaps.RowUnity * PlaneTaps.ColumnUnity), 128);

    /// <summary>Fills the first <c>taps.Columns.Outputs</c> of <paramref name="sums"/> from a row whose element 0 is column <c>taps.FirstColumn</c>.</summary>
    public static void Blend(KernelIsa isa, ReadOnlySpan<short> row, PlaneTaps taps, Span<int> sums)
    {
        BlendScalar(row, taps, sums);
    }

    private static void BlendScalar(ReadOnlySpan<short> row, PlaneTaps taps, Span<int> sums)
    {
        var columns = taps.Columns;
        for (int d = 0; d < columns.Outputs; d++)
        {
            var weights = columns.Weights(d);
            var samples = row.Slice(columns.Start(d) - taps.FirstColumn, weights.Length);
            int sum = 0;
            for (int t = 0; t < weights.Length; t++)
            {
                sum += samples[t] * weights[t];
            }

            sums[d] = sum;
        }
    }
}
