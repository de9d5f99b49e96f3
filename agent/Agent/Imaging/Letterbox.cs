namespace Picket.Agent.Imaging;

/// <summary>One fused pass from a frame's planes to a resized, padded, normalized planar tensor (CHW); allocates
/// nothing per call.</summary>
/// <remarks>
/// Per output row: blend the source rows under it (<see cref="VerticalKernel"/>), then the columns
/// (<see cref="HorizontalKernel"/>), then mix the channels (<see cref="ColorKernel"/>); the intermediate rows stay in
/// the first-level cache. What the frame's masks hide becomes black. Owns its scratch rows, so only one thread at a
/// time.
/// </remarks>
internal sealed class Letterbox
{
    private readonly KernelIsa _isa;
    private readonly PlaneScratch _luma;
    private readonly PlaneScratch _blue;
    private readonly PlaneScratch _red;

    /// <param name="plan">Geometry and taps; may be shared.</param>
    /// <param name="format">What the output holds.</param>
    /// <param name="isa">Instruction set; this machine's best if null.</param>
    /// <exception cref="PlatformNotSupportedException">This machine lacks <paramref name="isa"/>.</exception>
    public Letterbox(LetterboxPlan plan, TensorFormat format, KernelIsa? isa = null)
    {
        _isa = KernelSupport.Require(isa ?? KernelSupport.Best);
        Plan = plan;
        Format = format;
        _luma = new PlaneScratch(plan.Luma);
        _blue = new PlaneScratch(plan.Chroma);
        _red = new PlaneScratch(plan.Chroma);
    }

    public LetterboxPlan Plan { get; }
    public TensorFormat Format { get; }

    /// <summary>Elements of the output: channels x target height x target width.</summary>
    public int OutputLength => Format.Channels * Plan.TargetWidth * Plan.TargetHeight;

    /// <summary>Fills the first <see cref="OutputLength"/> floats of <paramref name="destination"/>, channel by
    /// channel.</summary>
    /// <exception cref="ArgumentException">The frame's size or layout is not the plan's, or the destination is too
    /// short.</exception>
    public void Run(in YuvPlanes source, Span<float> destination)
    {
        Check(source, destination.Length);
        var color = new ColorTransform(
            source, Format.Order, Format.Scale, Format.Offset, HorizontalKernel.Scale, HorizontalKernel.Scale);
        var plane = Plan.TargetWidth * Plan.TargetHeight;
        for (var row = 0; row < Plan.ImageHeight; row++)
        {
            BlendRow(source, row);
            for (var channel = 0; channel < Format.Channels; channel++)
            {
                var output = destination.Slice((channel * plane) + RowStart(row), Plan.ImageWidth);
                ColorKernel.Mix(_isa, _luma.Sums, _blue.Sums, _red.Sums, color[channel], output);
            }
        }

        for (var channel = 0; channel < Format.Channels; channel++)
        {
            var pixels = destination.Slice(channel * plane, plane);
            FillPadding(pixels, (Format.Pad * Format.Scale[channel]) + Format.Offset[channel]);
            source.Masks?.RunsFor(Plan).Blank(pixels, Format.Offset[channel]);
        }
    }

    private void Check(in YuvPlanes source, int length)
    {
        if (source.Width != Plan.SourceWidth || source.Height != Plan.SourceHeight || source.Layout != Plan.Layout)
        {
            throw new ArgumentException(
                $"frame is {source.Width}x{source.Height} {source.Layout}, "
                + $"the plan is for {Plan.SourceWidth}x{Plan.SourceHeight} {Plan.Layout}");
        }

        source.Masks?.RequireSize(source.Width, source.Height);
        if (length < OutputLength)
            throw new ArgumentException($"the output needs {OutputLength} elements, the destination has {length}");
    }

    private int RowStart(int row) => ((Plan.ImageY + row) * Plan.TargetWidth) + Plan.ImageX;

    // Gray leaves the chroma sums at 0: its mix does not use them.
    private void BlendRow(in YuvPlanes source, int row)
    {
        BlendPlane(source.Y, source.StrideY, row, _luma);
        if (Format.Order == ChannelOrder.Gray) return;
        if (source.Layout == PixelLayout.Nv12)
        {
            BlendPairs(source.U, source.StrideC, row);
            return;
        }

        BlendPlane(source.U, source.StrideC, row, _blue);
        BlendPlane(source.V, source.StrideC, row, _red);
    }

    private void BlendPlane(ReadOnlySpan<byte> plane, int stride, int row, PlaneScratch scratch)
    {
        var taps = scratch.Taps;
        var first = (taps.Rows.Start(row) * stride) + taps.FirstColumn;
        VerticalKernel.Blend(_isa, plane[first..], stride, taps.Rows.Weights(row), scratch.BlendedColumns);
        HorizontalKernel.Blend(_isa, scratch.Row, taps, scratch.Sums);
    }

    private void BlendPairs(ReadOnlySpan<byte> pairs, int stride, int row)
    {
        var taps = Plan.Chroma;
        var first = (taps.Rows.Start(row) * stride) + (2 * taps.FirstColumn);
        VerticalKernel.BlendPairs(
            _isa, pairs[first..], stride, taps.Rows.Weights(row), _blue.BlendedColumns, _red.BlendedColumns);
        HorizontalKernel.Blend(_isa, _blue.Row, taps, _blue.Sums);
        HorizontalKernel.Blend(_isa, _red.Row, taps, _red.Sums);
    }

    private void FillPadding(Span<float> channel, float value)
    {
        int width = Plan.TargetWidth, right = Plan.ImageX + Plan.ImageWidth, bottom = Plan.ImageY + Plan.ImageHeight;
        channel[..(Plan.ImageY * width)].Fill(value);
        channel[(bottom * width)..].Fill(value);
        if (Plan.ImageWidth == width) return;
        for (var y = Plan.ImageY; y < bottom; y++)
        {
            var row = channel.Slice(y * width, width);
            row[..Plan.ImageX].Fill(value);
            row[right..].Fill(value);
        }
    }
}

/// <summary>The intermediate rows of one plane's pass: a blended source row and the sums of one output row.</summary>
internal sealed class PlaneScratch(PlaneTaps taps)
{
    private readonly AlignedBuffer<short> _row = new(taps.ColumnCount + HorizontalKernel.PaddingFor(taps.Blocks));
    private readonly AlignedBuffer<int> _sums = new(taps.Columns.Outputs);

    public PlaneTaps Taps { get; } = taps;

    /// <summary>The blended columns, for writing.</summary>
    public Span<short> BlendedColumns => _row.Span[..Taps.ColumnCount];

    /// <summary>The blended columns and the padding, for reading.</summary>
    public ReadOnlySpan<short> Row => _row.Span;
    public Span<int> Sums => _sums.Span;
}
