namespace Picket.Agent.Imaging;

/// <summary>The taps of one plane (or of both chroma planes) in both directions, and the columns they touch.</summary>
internal sealed class PlaneTaps
{
    /// <summary>Vertical weights: 8 bits, so that a weighted sum of bytes fills 16 bits and no more (255 * 256 =
    /// 65,280).</summary>
    public const int RowUnity = 256;

    /// <summary>Horizontal weights: 14 bits, the most that a signed 16-bit weight can hold as a power of two
    /// (2^14).</summary>
    public const int ColumnUnity = 16384;

    public PlaneTaps(AxisTaps rows, AxisTaps columns)
    {
        Rows = rows;
        Columns = columns;
        int end = 0;
        FirstColumn = int.MaxValue;
        for (int d = 0; d < columns.Outputs; d++)
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

    /// <summary>Columns from there to the rightmost one that is read.</summary>
    public int ColumnCount { get; }

    /// <summary>The column taps as the vector twins read them.</summary>
    public TapBlocks Blocks { get; }
}
