using System.Numerics;

namespace Picket.Agent.Imaging;

/// <summary>The parts of a camera's picture that nobody may see, for frames of one size. Frames carry it, and every
/// kernel blanks (black) according to it.</summary>
/// <remarks>
/// Decoders predict the next frame from this one's memory, so nothing is ever written into the planes: outputs are
/// blanked instead. The picture is divided into cells of 2x2 pixels (one 4:2:0 chroma sample each); a cell is hidden
/// when a polygon touches it at all. An output pixel is black as soon as one sample with a weight above 0, in luma or
/// chroma, lies in a hidden cell, so hidden samples contribute nothing; the price is that black reaches up to 4 source
/// pixels (or the footprint of one output pixel, if that is larger) beyond the polygon.
/// </remarks>
internal sealed class MaskPlan
{
    /// <summary>Letterbox plans remembered: the whole frame for two detectors, the motion gate, and up to 13 tiles for
    /// faces, times two.</summary>
    private const int MaxRemembered = 32;

    private readonly CellBitmap _cells;
    private readonly CellBitmap _reach;
    private readonly Lock _lock = new();
    private MaskRuns[] _remembered = [];

    /// <param name="width">Frame width in pixels.</param>
    /// <param name="height">Frame height in pixels.</param>
    /// <param name="polygons">Corners in pixels, continuous; may lie outside the frame. Where a polygon crosses itself,
    /// everything enclosed is hidden.</param>
    /// <exception cref="ArgumentException">Fewer than 3 corners, or a coordinate that is not a finite
    /// number.</exception>
    public MaskPlan(int width, int height, IReadOnlyList<Vector2[]> polygons)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        (Width, Height) = (width, height);
        _cells = new CellBitmap((width + 1) / 2, (height + 1) / 2);
        foreach (var polygon in polygons)
        {
            if (polygon.Length < 3 || !polygon.All(corner => float.IsFinite(corner.X) && float.IsFinite(corner.Y)))
            {
                throw new ArgumentException(
                    "a mask needs at least 3 corners with finite coordinates", nameof(polygons));
            }

            _cells.Fill([.. polygon.Select(corner => corner / 2)]);
        }

        _reach = _cells.Reach();
    }

    public int Width { get; }
    public int Height { get; }

    /// <summary>Polygons given as fractions of the frame: (0,0) is the upper left corner, (1,1) the lower right
    /// one.</summary>
    public static MaskPlan FromNormalized(int width, int height, IReadOnlyList<Vector2[]> polygons) =>
        new(width, height,
        [
            .. polygons.Select(polygon => polygon.Select(corner => corner * new Vector2(width, height)).ToArray()),
        ]);

    /// <summary>Whether any cell of 2x2 pixels of the rectangle, its last column and row included, is hidden.</summary>
    public bool HidesCells(int left, int top, int right, int bottom) => _cells.Any(left, top, right, bottom);

    /// <summary>Whether a bilinear sample at a point (continuous, clamped to the frame) reads luma or chroma of a
    /// hidden cell.</summary>
    public bool HidesSample(float x, float y) => _reach[Anchor(x, _reach.Width - 1), Anchor(y, _reach.Height - 1)];

    /// <summary>Whether any cell that the rectangle touches (in pixels, clamped to the frame) is hidden.</summary>
    public bool Touches(float left, float top, float right, float bottom)
    {
        int x0 = Cell(left, _cells.Width), x1 = Cell(right, _cells.Width);
        int y0 = Cell(top, _cells.Height), y1 = Cell(bottom, _cells.Height);
        return _cells.Any(x0, y0, x1, y1);
    }

    /// <summary>The output pixels that a letterbox must blank, computed once per plan (the only call that
    /// allocates).</summary>
    internal MaskRuns RunsFor(LetterboxPlan plan)
    {
        foreach (var runs in Volatile.Read(ref _remembered))
            if (ReferenceEquals(runs.Plan, plan)) return runs;
        var made = MaskRuns.Make(this, plan);
        lock (_lock)
        {
            Volatile.Write(ref _remembered, [made, .. _remembered.Take(MaxRemembered - 1)]);
        }

        return made;
    }

    /// <summary>Rejects frames of another size: a mask that does not fit must stop the picture, not be
    /// skipped.</summary>
    internal void RequireSize(int width, int height)
    {
        if (width != Width || height != Height)
        {
            throw new ArgumentException(
                $"the masks are for {Width}x{Height}, the frame is {width}x{height}; make a new mask plan");
        }
    }

    private static int Cell(float at, int cells) => (int)Math.Clamp(MathF.Floor(at / 2), 0, cells - 1);

    // A sample between the centers of chroma cells c-1 and c reads both (its luma taps lie in them too): they are
    // anchor c.
    private static int Anchor(float at, int last)
    {
        var anchor = MathF.Floor((at / 2) + 0.5f);
        anchor = anchor > 0 ? anchor : 0;
        return (int)(anchor < last ? anchor : last);
    }
}
