using System.Runtime.CompilerServices;

namespace Picket.Agent.Imaging;

/// <summary>Samples a plane bilinearly along one output row of an affine map, several samples per output pixel when it shrinks.</summary>
/// <remarks>
/// A sample point is rounded to 1/256 of a pixel, clamped to the plane (border replicated) and weighed in integers; an output is the sum of
/// <c>grid * grid</c> samples of scale 2^16, at most 64 * 255 * 65,536 &lt; 2^31. All twins are equal bit for bit: the points come from
/// the same fused multiply-adds.
/// </remarks>
internal static class SampleKernel
{
    /// <summary>Samples per axis and output pixel at most: 8 * 8 * 255 * 2^16 is the most that a 32-bit sum holds.</summary>
    public const int MaxGrid = 8;

    private const int One = 256;

    /// <summary>What a sum of <paramref name="grid"/> x <paramref name="grid"/> samples stands for.</summary>
    public static SampleScale Scale(int grid) => new(1.0 / ((double)grid * grid * One * One), 0);

    /// <summary>Fills <paramref name="sums"/> with output row <paramref name="row"/>.</summary>
    /// <param name="isa">Instruction set.</param>
    /// <param name="plane">The samples.</param>
    /// <param name="map">From output to the plane's samples, continuous coordinates.</param>
    /// <param name="grid">Samples per axis and output pixel, 1 to <see cref="MaxGrid"/>.</param>
    /// <param name="row">Output row.</param>
    /// <param name="sums">One sum per output pixel.</param>
    public static void Sample(
        KernelIsa isa, in SamplePlane plane, in AffineTransform map, int grid, int row, Span<int> sums)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(grid, MaxGrid);
        long needed = ((long)plane.Stride * (plane.Height - 1)) + ((long)plane.Step * (plane.Width - 1)) + 1;
        if (plane.Width < 1 || plane.Height < 1 || plane.Samples.Length < needed)
        {
            throw new ArgumentException(
                $"a plane of {plane.Width}x{plane.Height}, stride {plane.Stride}, needs {needed} bytes, has {plane.Samples.Length}");
        }

        sums.Clear();
        for (int j = 0; j < grid; j++)
        {
            float y = row + ((j + 0.5f) / grid);
            for (int i = 0; i < grid; i++)
            {
                // Where output column 0 samples; the half pixel leads from continuous coordinates to sample indices.
                float start = (i + 0.5f) / grid;
                float x0 = MathF.FusedMultiplyAdd(map.B, y, MathF.FusedMultiplyAdd(map.A, start, map.C)) - 0.5f;
                float y0 = MathF.FusedMultiplyAdd(map.E, y, MathF.FusedMultiplyAdd(map.D, start, map.F)) - 0.5f;
                AddScalar(plane, x0, map.A, y0, map.D, 0, sums);
            }
        }
    }

    private static void AddScalar(
        in SamplePlane plane, float x0, float stepX, float y0, float stepY, int from, Span<int> sums)
    {
        float limitX = plane.Width - 1, limitY = plane.Height - 1;
        for (int x = from; x < sums.Length; x++)
        {
            int fx = ToFixed(MathF.FusedMultiplyAdd(x, stepX, x0), limitX);
            int fy = ToFixed(MathF.FusedMultiplyAdd(x, stepY, y0), limitY);
            sums[x] += SampleAt(plane, fx, fy);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int SampleAt(in SamplePlane plane, int fx, int fy)
    {
        int ix = fx >> 8, iy = fy >> 8, wx = fx & 255, wy = fy & 255;
        int left = ix * plane.Step, right = Math.Min(ix + 1, plane.Width - 1) * plane.Step;
        var top = plane.Samples[(iy * plane.Stride)..];
        var bottom = plane.Samples[(Math.Min(iy + 1, plane.Height - 1) * plane.Stride)..];
        int upper = (top[left] * (One - wx)) + (top[right] * wx);
        int lower = (bottom[left] * (One - wx)) + (bottom[right] * wx);
        return (upper * (One - wy)) + (lower * wy);
    }

    // Clamped first, so that a point far away cannot overflow; a NaN ends at 0, as with maxps.
    private static int ToFixed(float at, float limit)
    {
        float raised = at > 0 ? at : 0;
        return (int)MathF.Round((raised < limit ? raised : limit) * One);
    }
}
