namespace Picket.Agent.Imaging;

/// <summary>The rows in between of one plane's pass: a blended source row and the sums of one output row.</summary>
internal sealed class PlaneScratch(PlaneTaps taps)
{
    private readonly AlignedBuffer<short> _row = new(taps.ColumnCount + HorizontalKernel.PaddingFor(taps.Blocks));
    private readonly AlignedBuffer<int> _sums = new(taps.Columns.Outputs);

    public PlaneTaps Taps { get; } = taps;

    /// <summary>The blended columns, to be written.</summary>
    public Span<short> BlendedColumns => _row.Span[..Taps.ColumnCount];

    /// <summary>The blended columns and the padding, to be read.</summary>
    public ReadOnlySpan<short> Row => _row.Span;
    public Span<int> Sums => _sums.Span;
}
