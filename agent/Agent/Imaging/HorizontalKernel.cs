using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Picket.Agent.Imaging;

/// <summary>Weights the 16-bit sums of one row into one 32-bit sum per output: <c>(value - 128) * 2^22</c> in
/// total.</summary>
/// <remarks>256 from the rows times 16,384 from the columns is 2^22; |sum| is at most 2^15 * 2^14 = 2^29. All twins are
/// equal bit for bit.</remarks>
internal static class HorizontalKernel
{
    /// <summary>16-bit elements in two registers, the reach of one permute.</summary>
    private const int NearSpan = 64;

    /// <summary>Elements in four registers: two permutes and a selection between them.</summary>
    private const int FarSpan = 128;

    /// <summary>What a sum stands for.</summary>
    public static SampleScale Scale { get; } = new(1.0 / (PlaneTaps.RowUnity * PlaneTaps.ColumnUnity), 128);

    /// <summary>Elements the row must have after its last column (their values do not matter): wide loads reach that
    /// far.</summary>
    public static int PaddingFor(TapBlocks blocks) => Math.Max(FarSpan, 2 * (blocks.Pairs + 1));

    /// <summary>Fills the first <c>taps.Columns.Outputs</c> of <paramref name="sums"/> from a row whose element 0 is
    /// column <c>taps.FirstColumn</c>.</summary>
    /// <exception cref="ArgumentException">The row lacks columns or padding, or the sums are too few.</exception>
    public static void Blend(KernelIsa isa, ReadOnlySpan<short> row, PlaneTaps taps, Span<int> sums)
    {
        if (row.Length < taps.ColumnCount + PaddingFor(taps.Blocks) || sums.Length < taps.Columns.Outputs)
            throw new ArgumentException($"a row of {row.Length} for {sums.Length} sums is too short for these taps");
        if (isa == KernelIsa.Scalar || taps.Blocks.Count == 0)
            BlendScalar(row, taps, sums);
        else if (isa == KernelIsa.Avx512 && taps.Blocks.Span <= NearSpan)
            BlendNear(row, taps.Blocks, sums);
        else if (isa == KernelIsa.Avx512 && taps.Blocks.Span <= FarSpan)
            BlendFar(row, taps.Blocks, sums);
        else
            BlendGather(row, taps.Blocks, sums);
    }

    private static void BlendScalar(ReadOnlySpan<short> row, PlaneTaps taps, Span<int> sums)
    {
        var columns = taps.Columns;
        for (var d = 0; d < columns.Outputs; d++)
        {
            var weights = columns.Weights(d);
            var samples = row.Slice(columns.Start(d) - taps.FirstColumn, weights.Length);
            var sum = 0;
            for (var t = 0; t < weights.Length; t++) sum += samples[t] * weights[t];
            sums[d] = sum;
        }
    }

    // AVX-512, block within 64 elements (shrinking by less than about 4): all taps of a block are picked from two
    // registers.
    private static void BlendNear(ReadOnlySpan<short> row, TapBlocks blocks, Span<int> sums)
    {
        ref short source = ref MemoryMarshal.GetReference(row);
        ref short weights = ref MemoryMarshal.GetReference(blocks.Weights);
        ref short indices = ref MemoryMarshal.GetReference(blocks.Indices);
        ref int target = ref MemoryMarshal.GetReference(sums);
        nuint at = 0;
        for (var block = 0; block < blocks.Count; block++)
        {
            var start = (nuint)blocks.Base[block];
            var r0 = Vector512.LoadUnsafe(ref source, start);
            var r1 = Vector512.LoadUnsafe(ref source, start + 32);
            var sum = Vector512<int>.Zero;
            for (var pair = 0; pair < blocks.Pairs; pair++, at += TapBlocks.PairLength)
            {
                var taps = Avx512BW.PermuteVar32x16x2(r0, Vector512.LoadUnsafe(ref indices, at), r1);
                sum += Avx512BW.MultiplyAddAdjacent(taps, Vector512.LoadUnsafe(ref weights, at));
            }

            sum.StoreUnsafe(ref target, (nuint)blocks.FirstOutput[block]);
        }
    }

    // AVX-512, block within 128 elements (shrinking by less than about 8: 1080p and 4K to the face detector's 320 and
    // 640).
    private static void BlendFar(ReadOnlySpan<short> row, TapBlocks blocks, Span<int> sums)
    {
        ref short source = ref MemoryMarshal.GetReference(row);
        ref short weights = ref MemoryMarshal.GetReference(blocks.Weights);
        ref short indices = ref MemoryMarshal.GetReference(blocks.Indices);
        ref int target = ref MemoryMarshal.GetReference(sums);
        var near = Vector512.Create((short)NearSpan);
        nuint at = 0;
        for (var block = 0; block < blocks.Count; block++)
        {
            var start = (nuint)blocks.Base[block];
            var r0 = Vector512.LoadUnsafe(ref source, start);
            var r1 = Vector512.LoadUnsafe(ref source, start + 32);
            var r2 = Vector512.LoadUnsafe(ref source, start + 64);
            var r3 = Vector512.LoadUnsafe(ref source, start + 96);
            var sum = Vector512<int>.Zero;
            for (var pair = 0; pair < blocks.Pairs; pair++, at += TapBlocks.PairLength)
            {
                // The permute only looks at the low six bits of an index.
                var index = Vector512.LoadUnsafe(ref indices, at);
                var low = Avx512BW.PermuteVar32x16x2(r0, index, r1);
                var high = Avx512BW.PermuteVar32x16x2(r2, index, r3);
                var taps = Vector512.ConditionalSelect(Vector512.LessThan(index, near), low, high);
                sum += Avx512BW.MultiplyAddAdjacent(taps, Vector512.LoadUnsafe(ref weights, at));
            }

            sum.StoreUnsafe(ref target, (nuint)blocks.FirstOutput[block]);
        }
    }

    // AVX2 at any ratio, and AVX-512 beyond the reach of its permutes (.NET 10 has no 512-bit gather): a gathered int
    // is a pair of taps.
    private static unsafe void BlendGather(ReadOnlySpan<short> row, TapBlocks blocks, Span<int> sums)
    {
        ref short weights = ref MemoryMarshal.GetReference(blocks.Weights);
        ref int starts = ref MemoryMarshal.GetReference(blocks.Starts);
        ref int target = ref MemoryMarshal.GetReference(sums);
        var two = Vector256.Create(2);
        nuint at = 0;
        fixed (short* source = row)
        {
            for (var block = 0; block < blocks.Count; block++)
            {
                var index0 = Vector256.LoadUnsafe(ref starts, (nuint)(block * TapBlocks.Outputs));
                var index1 = Vector256.LoadUnsafe(ref starts, (nuint)((block * TapBlocks.Outputs) + 8));
                var sum0 = Vector256<int>.Zero;
                var sum1 = Vector256<int>.Zero;
                for (var pair = 0; pair < blocks.Pairs; pair++, at += TapBlocks.PairLength)
                {
                    var taps0 = Avx2.GatherVector256((int*)source, index0, sizeof(short)).AsInt16();
                    var taps1 = Avx2.GatherVector256((int*)source, index1, sizeof(short)).AsInt16();
                    sum0 += Avx2.MultiplyAddAdjacent(taps0, Vector256.LoadUnsafe(ref weights, at));
                    sum1 += Avx2.MultiplyAddAdjacent(taps1, Vector256.LoadUnsafe(ref weights, at + 16));
                    index0 += two;
                    index1 += two;
                }

                sum0.StoreUnsafe(ref target, (nuint)blocks.FirstOutput[block]);
                sum1.StoreUnsafe(ref target, (nuint)blocks.FirstOutput[block] + 8);
            }
        }
    }
}
