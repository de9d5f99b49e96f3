using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Picket.Agent.Imaging;

/// <summary>Weights several source rows into one row of 16-bit sums: <c>sum(sample * weight) - 32768</c>, with weights
/// adding up to 256.</summary>
/// <remarks>The subtraction makes the sums signed, as the multiply-add of the horizontal kernel requires. All twins are
/// equal bit for bit.</remarks>
internal static class VerticalKernel
{
    /// <summary>Blends <c>sums.Length</c> columns of the rows that start at <c>plane[0]</c>,
    /// <paramref name="stride"/> bytes apart, one per weight.</summary>
    /// <exception cref="ArgumentException">The rows do not fit in the plane.</exception>
    public static void Blend(
        KernelIsa isa, ReadOnlySpan<byte> plane, int stride, ReadOnlySpan<short> weights, Span<short> sums)
    {
        CheckRows(plane.Length, stride, weights.Length, sums.Length);
        if (isa == KernelIsa.Avx512 && sums.Length >= Vector512<short>.Count)
            BlendAvx512(plane, stride, weights, sums);
        else if (isa != KernelIsa.Scalar && sums.Length >= Vector256<short>.Count)
            BlendAvx2(plane, stride, weights, sums);
        else
            BlendScalar(plane, stride, weights, sums);
    }

    /// <summary>Likewise for rows of interleaved pairs (NV12): even bytes go to <paramref name="first"/>, odd bytes
    /// to <paramref name="second"/>.</summary>
    /// <exception cref="ArgumentException">The rows do not fit in the plane, or the outputs differ in
    /// length.</exception>
    public static void BlendPairs(
        KernelIsa isa, ReadOnlySpan<byte> plane, int stride, ReadOnlySpan<short> weights, Span<short> first,
        Span<short> second)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(second.Length, first.Length);
        CheckRows(plane.Length, stride, weights.Length, 2 * first.Length);
        if (isa == KernelIsa.Avx512 && first.Length >= Vector512<short>.Count)
            BlendPairsAvx512(plane, stride, weights, first, second);
        else if (isa != KernelIsa.Scalar && first.Length >= Vector256<short>.Count)
            BlendPairsAvx2(plane, stride, weights, first, second);
        else
            BlendPairsScalar(plane, stride, weights, first, second);
    }

    private static void CheckRows(int length, int stride, int rows, int bytes)
    {
        if (stride < 0 || length < ((long)stride * (rows - 1)) + bytes)
        {
            throw new ArgumentException(
                $"{rows} rows of {bytes} bytes, {stride} apart, do not fit in a plane of {length} bytes");
        }
    }

    private static void BlendScalar(ReadOnlySpan<byte> plane, int stride, ReadOnlySpan<short> weights, Span<short> sums)
    {
        for (var x = 0; x < sums.Length; x++)
        {
            int sum = short.MinValue;
            for (var row = 0; row < weights.Length; row++)
                sum += plane[(row * stride) + x] * weights[row];
            sums[x] = (short)sum;
        }
    }

    private static void BlendPairsScalar(
        ReadOnlySpan<byte> plane, int stride, ReadOnlySpan<short> weights, Span<short> first, Span<short> second)
    {
        for (var x = 0; x < first.Length; x++)
        {
            int even = short.MinValue, odd = short.MinValue;
            for (var row = 0; row < weights.Length; row++)
            {
                var at = (row * stride) + (2 * x);
                even += plane[at] * weights[row];
                odd += plane[at + 1] * weights[row];
            }

            first[x] = (short)even;
            second[x] = (short)odd;
        }
    }

    // The vector twins end with a step that overlaps the one before it, so that nothing beyond the row is read or
    // written.
    private static void BlendAvx512(ReadOnlySpan<byte> plane, int stride, ReadOnlySpan<short> weights, Span<short> sums)
    {
        ref byte source = ref MemoryMarshal.GetReference(plane);
        ref short target = ref MemoryMarshal.GetReference(sums);
        int step = Vector512<short>.Count, last = sums.Length - step;
        for (var x = 0; ; x = Math.Min(x + step, last))
        {
            var sum = Vector512.Create(short.MinValue);
            var at = (nuint)x;
            foreach (var weight in weights)
            {
                var samples = Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref source, at));
                sum += Avx512BW.MultiplyLow(samples, Vector512.Create(weight));
                at += (nuint)stride;
            }

            sum.StoreUnsafe(ref target, (nuint)x);
            if (x == last) return;
        }
    }

    private static void BlendAvx2(ReadOnlySpan<byte> plane, int stride, ReadOnlySpan<short> weights, Span<short> sums)
    {
        ref byte source = ref MemoryMarshal.GetReference(plane);
        ref short target = ref MemoryMarshal.GetReference(sums);
        int step = Vector256<short>.Count, last = sums.Length - step;
        for (var x = 0; ; x = Math.Min(x + step, last))
        {
            var sum = Vector256.Create(short.MinValue);
            var at = (nuint)x;
            foreach (var weight in weights)
            {
                var samples = Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref source, at));
                sum += Avx2.MultiplyLow(samples, Vector256.Create(weight));
                at += (nuint)stride;
            }

            sum.StoreUnsafe(ref target, (nuint)x);
            if (x == last) return;
        }
    }

    private static void BlendPairsAvx512(
        ReadOnlySpan<byte> plane, int stride, ReadOnlySpan<short> weights, Span<short> first, Span<short> second)
    {
        ref byte source = ref MemoryMarshal.GetReference(plane);
        ref short even = ref MemoryMarshal.GetReference(first);
        ref short odd = ref MemoryMarshal.GetReference(second);
        var low = Vector512.Create((short)0xFF);
        int step = Vector512<short>.Count, last = first.Length - step;
        for (var x = 0; ; x = Math.Min(x + step, last))
        {
            var evenSum = Vector512.Create(short.MinValue);
            var oddSum = evenSum;
            nuint at = 2 * (nuint)x;
            foreach (var weight in weights)
            {
                var pairs = Vector512.LoadUnsafe(ref source, at).AsInt16();
                var factor = Vector512.Create(weight);
                evenSum += Avx512BW.MultiplyLow(pairs & low, factor);
                oddSum += Avx512BW.MultiplyLow(Avx512BW.ShiftRightLogical(pairs, 8), factor);
                at += (nuint)stride;
            }

            evenSum.StoreUnsafe(ref even, (nuint)x);
            oddSum.StoreUnsafe(ref odd, (nuint)x);
            if (x == last) return;
        }
    }

    private static void BlendPairsAvx2(
        ReadOnlySpan<byte> plane, int stride, ReadOnlySpan<short> weights, Span<short> first, Span<short> second)
    {
        ref byte source = ref MemoryMarshal.GetReference(plane);
        ref short even = ref MemoryMarshal.GetReference(first);
        ref short odd = ref MemoryMarshal.GetReference(second);
        var low = Vector256.Create((short)0xFF);
        int step = Vector256<short>.Count, last = first.Length - step;
        for (var x = 0; ; x = Math.Min(x + step, last))
        {
            var evenSum = Vector256.Create(short.MinValue);
            var oddSum = evenSum;
            nuint at = 2 * (nuint)x;
            foreach (var weight in weights)
            {
                var pairs = Vector256.LoadUnsafe(ref source, at).AsInt16();
                var factor = Vector256.Create(weight);
                evenSum += Avx2.MultiplyLow(pairs & low, factor);
                oddSum += Avx2.MultiplyLow(Avx2.ShiftRightLogical(pairs, 8), factor);
                at += (nuint)stride;
            }

            evenSum.StoreUnsafe(ref even, (nuint)x);
            oddSum.StoreUnsafe(ref odd, (nuint)x);
            if (x == last) return;
        }
    }
}
