using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Picket.Agent.Imaging;

/// <summary>Samples a plane bilinearly along one output row of an affine map, with several samples per output pixel
/// when shrinking.</summary>
/// <remarks>
/// A sample point is rounded to 1/256 of a pixel, clamped to the plane (border replicated) and weighted in integers; an
/// output is the sum of <c>grid * grid</c> samples of scale 2^16, at most 64 * 255 * 65,536 &lt; 2^31. All twins are
/// equal bit for bit: the points come from the same fused multiply-adds.
/// </remarks>
internal static class SampleKernel
{
    /// <summary>Maximum samples per axis and output pixel: 8 * 8 * 255 * 2^16 is the most that a 32-bit sum
    /// holds.</summary>
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
        var needed = ((long)plane.Stride * (plane.Height - 1)) + ((long)plane.Step * (plane.Width - 1)) + 1;
        if (plane.Width < 1 || plane.Height < 1 || plane.Samples.Length < needed)
        {
            throw new ArgumentException(
                $"a plane of {plane.Width}x{plane.Height}, stride {plane.Stride}, needs {needed} bytes, "
                    + $"has {plane.Samples.Length}");
        }

        sums.Clear();
        for (var j = 0; j < grid; j++)
        {
            var y = row + ((j + 0.5f) / grid);
            for (var i = 0; i < grid; i++)
            {
                // Where output column 0 samples; the half pixel converts continuous coordinates to sample indices.
                var start = (i + 0.5f) / grid;
                var x0 = MathF.FusedMultiplyAdd(map.B, y, MathF.FusedMultiplyAdd(map.A, start, map.C)) - 0.5f;
                var y0 = MathF.FusedMultiplyAdd(map.E, y, MathF.FusedMultiplyAdd(map.D, start, map.F)) - 0.5f;
                var line = new SampleLine(x0, map.A, y0, map.D);
                if (isa == KernelIsa.Scalar)
                    AddScalar(plane, line, 0, sums.Length, sums);
                else
                    AddAvx2(plane, line, sums);
            }
        }
    }

    private static void AddScalar(in SamplePlane plane, SampleLine line, int from, int to, Span<int> sums)
    {
        float limitX = plane.Width - 1, limitY = plane.Height - 1;
        for (var x = from; x < to; x++)
        {
            var fx = ToFixed(MathF.FusedMultiplyAdd(x, line.StepX, line.X), limitX);
            var fy = ToFixed(MathF.FusedMultiplyAdd(x, line.StepY, line.Y), limitY);
            sums[x] += SampleAt(plane, fx, fy);
        }
    }

    // Eight pixels per step, each sample's neighbors in one gathered int per row. AVX-512 uses this too: .NET 10 has no
    // 512-bit gather. A gathered int reaches up to 3 bytes beyond its sample, so the few steps that would leave the
    // plane are left to the scalar twin.
    private static unsafe void AddAvx2(in SamplePlane plane, SampleLine line, Span<int> sums)
    {
        int x = 0, safeLength = plane.Samples.Length - sizeof(int);
        var limits = (X: Vector256.Create(plane.Width - 1f), Y: Vector256.Create(plane.Height - 1f));
        var stride = Vector256.Create(plane.Stride);
        var lastRow = Vector256.Create(plane.Height - 1);
        var columns = Vector256.Create(0f, 1, 2, 3, 4, 5, 6, 7);
        var one = Vector256.Create(One);
        fixed (byte* samples = plane.Samples)
        {
            for (; x <= sums.Length - Vector256<int>.Count; x += Vector256<int>.Count)
            {
                var at = columns + Vector256.Create((float)x);
                var fx = ToFixed(Fma.MultiplyAdd(at, Vector256.Create(line.StepX), Vector256.Create(line.X)), limits.X);
                var fy = ToFixed(Fma.MultiplyAdd(at, Vector256.Create(line.StepY), Vector256.Create(line.Y)), limits.Y);
                var column = Avx2.ShiftRightLogical(fx, 8);
                column = plane.Step == 2 ? column + column : column;
                var row = Avx2.ShiftRightLogical(fy, 8);
                var top = Avx2.MultiplyLow(row, stride) + column;
                var bottom = Avx2.MultiplyLow(Avx2.Min(row + Vector256<int>.One, lastRow), stride) + column;
                if (Vector256.GreaterThanAny(bottom, Vector256.Create(safeLength)))
                {
                    AddScalar(plane, line, x, x + Vector256<int>.Count, sums);
                    continue;
                }

                // Weights (256 - w, w) for the pair of neighbors; in the last column the pair's second neighbor does
                // not count (w = 0).
                var wx = fx & Vector256.Create(One - 1);
                var pairWeights = ((one - wx) | Avx2.ShiftLeftLogical(wx, 16)).AsInt16();
                var upper = Blend(Avx2.GatherVector256((int*)samples, top, 1), plane.Step, pairWeights);
                var lower = Blend(Avx2.GatherVector256((int*)samples, bottom, 1), plane.Step, pairWeights);
                var wy = fy & Vector256.Create(One - 1);
                var blended = Avx2.MultiplyLow(upper, one - wy) + Avx2.MultiplyLow(lower, wy);
                (Vector256.LoadUnsafe(ref sums[x]) + blended).StoreUnsafe(ref sums[x]);
            }
        }

        AddScalar(plane, line, x, sums.Length, sums);
    }

    // Bytes 0 and 1 (or 0 and 2, NV12) of each int, weighted.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Blend(Vector256<int> bytes, int step, Vector256<short> weights)
    {
        var pairs = step == 2
            ? bytes & Vector256.Create(0x00FF00FF)
            : (bytes & Vector256.Create(0xFF)) | Avx2.ShiftLeftLogical(bytes & Vector256.Create(0xFF00), 8);
        return Avx2.MultiplyAddAdjacent(pairs.AsInt16(), weights);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int SampleAt(in SamplePlane plane, int fx, int fy)
    {
        int ix = fx >> 8, iy = fy >> 8, wx = fx & 255, wy = fy & 255;
        int left = ix * plane.Step, right = Math.Min(ix + 1, plane.Width - 1) * plane.Step;
        var top = plane.Samples[(iy * plane.Stride)..];
        var bottom = plane.Samples[(Math.Min(iy + 1, plane.Height - 1) * plane.Stride)..];
        var upper = (top[left] * (One - wx)) + (top[right] * wx);
        var lower = (bottom[left] * (One - wx)) + (bottom[right] * wx);
        return (upper * (One - wy)) + (lower * wy);
    }

    // Clamped first, so that a point far away can't overflow; a NaN becomes 0, as with maxps.
    private static int ToFixed(float at, float limit)
    {
        float raised = at > 0 ? at : 0;
        return (int)MathF.Round((raised < limit ? raised : limit) * One);
    }

    private static Vector256<int> ToFixed(Vector256<float> at, Vector256<float> limit)
    {
        var inside = Avx.Min(Avx.Max(at, Vector256<float>.Zero), limit);
        return Avx.ConvertToVector256Int32(inside * Vector256.Create((float)One));
    }
}

/// <summary>Where output column 0 samples a plane, in sample indices, and how far each further column is from
/// it.</summary>
internal readonly record struct SampleLine(float X, float StepX, float Y, float StepY);

/// <summary>A lent plane of 8-bit samples to be sampled at any point; <c>Step</c> bytes between neighbors (2 for NV12
/// chroma).</summary>
internal readonly ref struct SamplePlane
{
    public required ReadOnlySpan<byte> Samples { get; init; }
    public required int Stride { get; init; }
    public required int Step { get; init; }
    public required int Width { get; init; }
    public required int Height { get; init; }
}

/// <summary>What an integer sum of weighted samples stands for: a sample value is <c>sum * Step + Zero</c>.</summary>
internal readonly record struct SampleScale(double Step, double Zero);
