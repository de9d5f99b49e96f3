namespace Picket.Agent.Imaging;

/// <summary>The output pixels of one letterbox plan that hidden source samples would reach, as runs within a
/// channel.</summary>
internal sealed class MaskRuns
{
    private readonly (int Start, int Length)[] _runs;

    private MaskRuns(LetterboxPlan plan, (int Start, int Length)[] runs) => (Plan, _runs) = (plan, runs);

    public LetterboxPlan Plan { get; }

    public static MaskRuns Make(MaskPlan masks, LetterboxPlan plan)
    {
        var runs = new List<(int Start, int Length)>();
        var chromaX = plan.Layout == PixelLayout.I444 ? 1 : 0;
        var chromaY = plan.Layout is PixelLayout.I444 or PixelLayout.I422 ? 1 : 0;
        for (var y = 0; y < plan.ImageHeight; y++)
        {
            var (top, bottom) = Cells(plan.Luma.Rows, plan.Chroma.Rows, chromaY, y);
            for (var x = 0; x < plan.ImageWidth; x++)
            {
                var (left, right) = Cells(plan.Luma.Columns, plan.Chroma.Columns, chromaX, x);
                if (!masks.HidesCells(left, top, right, bottom)) continue;
                var at = ((plan.ImageY + y) * plan.TargetWidth) + plan.ImageX + x;
                if (x > 0 && runs.Count > 0 && runs[^1].Start + runs[^1].Length == at)
                    runs[^1] = (runs[^1].Start, runs[^1].Length + 1);
                else
                    runs.Add((at, 1));
            }
        }

        return new MaskRuns(plan, [.. runs]);
    }

    /// <summary>Writes <paramref name="black"/> over the hidden pixels of one channel.</summary>
    public void Blank<T>(Span<T> channel, T black)
    {
        foreach (var (start, length) in _runs) channel.Slice(start, length).Fill(black);
    }

    // The cells of 2x2 pixels that the taps of one output touch; chroma samples are already cells, or pixels (shift 1).
    private static (int First, int Last) Cells(AxisTaps luma, AxisTaps chroma, int chromaShift, int output)
    {
        int lumaStart = luma.Start(output), chromaStart = chroma.Start(output);
        var first = Math.Min(lumaStart >> 1, chromaStart >> chromaShift);
        var last = Math.Max(
            (lumaStart + luma.Count(output) - 1) >> 1, (chromaStart + chroma.Count(output) - 1) >> chromaShift);
        return (first, last);
    }
}
