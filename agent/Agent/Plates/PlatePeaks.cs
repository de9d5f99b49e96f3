using System.Numerics;
using Picket.Agent.Track;

namespace Picket.Agent.Plates;

/// <summary>Reads the plate detector's output grids: the peaks of its score, with their boxes and corners.</summary>
/// <remarks>The contract of <c>plate-detect</c> (its card): cells of <see cref="Stride"/> input pixels; a cell's box is
/// given by the distances left, top, right, bottom from its center, its corners by their x, y offsets from it,
/// clockwise from the top left.
/// </remarks>
internal static class PlatePeaks
{
    /// <summary>Input pixels per cell.</summary>
    public const int Stride = 8;

    /// <summary>Writes the peaks: cells of at least <paramref name="least"/> that none of their eight neighbors
    /// exceeds; among equal neighbors the first is the peak.</summary>
    /// <param name="score">rows x columns.</param>
    /// <param name="box">4 x rows x columns.</param>
    /// <param name="corners">8 x rows x columns.</param>
    /// <param name="columns">Cells in a row.</param>
    /// <param name="least">The minimum score.</param>
    /// <param name="peaks">Written in input pixels, not clipped to the picture; when it is full, a better peak replaces
    /// the weakest.</param>
    /// <returns>How many were written.</returns>
    public static int Find(
        ReadOnlySpan<float> score,
        ReadOnlySpan<float> box,
        ReadOnlySpan<float> corners,
        int columns,
        float least,
        Span<PlateDetection> peaks)
    {
        var rows = score.Length / columns;
        var count = 0;
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                // Negated, so that a NaN score is no peak.
                var value = score[row * columns + column];
                if (!(value >= least) || !IsPeak(score, columns, rows, column, row)) continue;
                if (count < peaks.Length)
                {
                    peaks[count++] = At(score, box, corners, columns, column, row);
                    continue;
                }
                var weakest = Weakest(peaks);
                if (weakest >= 0 && peaks[weakest].Box.Score < value)
                    peaks[weakest] = At(score, box, corners, columns, column, row);
            }
        }
        return count;
    }

    private static bool IsPeak(ReadOnlySpan<float> score, int columns, int rows, int column, int row)
    {
        var value = score[row * columns + column];
        for (var y = Math.Max(0, row - 1); y <= Math.Min(rows - 1, row + 1); y++)
        {
            for (var x = Math.Max(0, column - 1); x <= Math.Min(columns - 1, column + 1); x++)
            {
                var other = score[y * columns + x];
                var before = y < row || (y == row && x < column);
                if (other > value || (before && other == value)) return false;
            }
        }
        return true;
    }

    private static PlateDetection At(
        ReadOnlySpan<float> score,
        ReadOnlySpan<float> box,
        ReadOnlySpan<float> corners,
        int columns,
        int column,
        int row)
    {
        var cells = score.Length;
        var cell = row * columns + column;
        var center = new Vector2((column + 0.5f) * Stride, (row + 0.5f) * Stride);
        var left = center.X - box[cell];
        var top = center.Y - box[cells + cell];
        var right = center.X + box[2 * cells + cell];
        var bottom = center.Y + box[3 * cells + cell];
        return new PlateDetection(
            new Detection(left, top, right - left, bottom - top, score[cell]),
            new PlateCorners(
                center + new Vector2(corners[cell], corners[cells + cell]),
                center + new Vector2(corners[2 * cells + cell], corners[3 * cells + cell]),
                center + new Vector2(corners[4 * cells + cell], corners[5 * cells + cell]),
                center + new Vector2(corners[6 * cells + cell], corners[7 * cells + cell])));
    }

    // -1 where there is no room at all.
    private static int Weakest(ReadOnlySpan<PlateDetection> peaks)
    {
        var weakest = peaks.Length - 1;
        for (var i = 0; i < peaks.Length; i++)
        {
            if (peaks[i].Box.Score < peaks[weakest].Box.Score) weakest = i;
        }
        return weakest;
    }
}
