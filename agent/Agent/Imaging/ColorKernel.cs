using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Picket.Agent.Imaging;

/// <summary>Mixes rows of Y, U and V sums into a row of one output channel.</summary>
/// <remarks>
/// Every twin does the same IEEE operations in the same order (fused multiply-adds, then max, then min), so floats are
/// also equal bit for bit; bytes are the clamped float rounded to nearest, ties to even. The vector twins end with a
/// step that overlaps the one before.
/// </remarks>
internal static class ColorKernel
{
    /// <summary>Fills <paramref name="output"/> with floats; the rows of sums must be at least as long.</summary>
    public static void Mix(
        KernelIsa isa, ReadOnlySpan<int> y, ReadOnlySpan<int> u, ReadOnlySpan<int> v, in ChannelMix mix,
        Span<float> output)
    {
        CheckRows(y, u, v, output.Length);
        if (isa == KernelIsa.Avx512 && output.Length >= Vector512<float>.Count)
            MixAvx512(y, u, v, mix, output);
        else if (isa != KernelIsa.Scalar && output.Length >= Vector256<float>.Count)
            MixAvx2(y, u, v, mix, output);
        else
            for (var x = 0; x < output.Length; x++) output[x] = Mix(y[x], u[x], v[x], mix);
    }

    /// <summary>Fills <paramref name="output"/> with bytes; the rows of sums must be at least as long; the mix is
    /// clamped to 0..255.</summary>
    public static void Mix(
        KernelIsa isa, ReadOnlySpan<int> y, ReadOnlySpan<int> u, ReadOnlySpan<int> v, in ChannelMix mix,
        Span<byte> output)
    {
        CheckRows(y, u, v, output.Length);
        if (isa == KernelIsa.Avx512 && output.Length >= Vector512<float>.Count)
            MixAvx512(y, u, v, mix, output);
        else if (isa != KernelIsa.Scalar && output.Length >= Vector256<float>.Count)
            MixAvx2(y, u, v, mix, output);
        else
            for (var x = 0; x < output.Length; x++) output[x] = (byte)MathF.Round(Mix(y[x], u[x], v[x], mix));
    }

    private static void CheckRows(ReadOnlySpan<int> y, ReadOnlySpan<int> u, ReadOnlySpan<int> v, int length)
    {
        if (y.Length < length || u.Length < length || v.Length < length)
            throw new ArgumentException($"rows of {y.Length}, {u.Length} and {v.Length} sums are too short for {length} pixels");
    }

    // Exactly the comparisons of maxps and minps (second operand on a tie), so that a -0 comes out alike in every twin.
    private static float Mix(float y, float u, float v, in ChannelMix mix)
    {
        var value = MathF.FusedMultiplyAdd(
            y, mix.Luma, MathF.FusedMultiplyAdd(u, mix.Blue, MathF.FusedMultiplyAdd(v, mix.Red, mix.Bias)));
        float raised = value > mix.Low ? value : mix.Low;
        return raised < mix.High ? raised : mix.High;
    }

    private static void MixAvx512(
        ReadOnlySpan<int> y, ReadOnlySpan<int> u, ReadOnlySpan<int> v, in ChannelMix mix, Span<float> output)
    {
        ref float target = ref MemoryMarshal.GetReference(output);
        var mixer = new Mixer512(y, u, v, mix);
        var last = output.Length - Vector512<float>.Count;
        for (var x = 0; ; x = Math.Min(x + Vector512<float>.Count, last))
        {
            mixer.At(x).StoreUnsafe(ref target, (nuint)x);
            if (x == last) return;
        }
    }

    private static void MixAvx512(
        ReadOnlySpan<int> y, ReadOnlySpan<int> u, ReadOnlySpan<int> v, in ChannelMix mix, Span<byte> output)
    {
        ref byte target = ref MemoryMarshal.GetReference(output);
        var mixer = new Mixer512(y, u, v, mix);
        var last = output.Length - Vector512<float>.Count;
        for (var x = 0; ; x = Math.Min(x + Vector512<float>.Count, last))
        {
            var rounded = Avx512F.ConvertToVector512Int32(mixer.At(x));
            Avx512F.ConvertToVector128Byte(rounded).StoreUnsafe(ref target, (nuint)x);
            if (x == last) return;
        }
    }

    private static void MixAvx2(
        ReadOnlySpan<int> y, ReadOnlySpan<int> u, ReadOnlySpan<int> v, in ChannelMix mix, Span<float> output)
    {
        ref float target = ref MemoryMarshal.GetReference(output);
        var mixer = new Mixer256(y, u, v, mix);
        var last = output.Length - Vector256<float>.Count;
        for (var x = 0; ; x = Math.Min(x + Vector256<float>.Count, last))
        {
            mixer.At(x).StoreUnsafe(ref target, (nuint)x);
            if (x == last) return;
        }
    }

    private static void MixAvx2(
        ReadOnlySpan<int> y, ReadOnlySpan<int> u, ReadOnlySpan<int> v, in ChannelMix mix, Span<byte> output)
    {
        ref byte target = ref MemoryMarshal.GetReference(output);
        var mixer = new Mixer256(y, u, v, mix);
        var last = output.Length - Vector256<float>.Count;
        for (var x = 0; ; x = Math.Min(x + Vector256<float>.Count, last))
        {
            var rounded = Avx.ConvertToVector256Int32(mixer.At(x));
            var words = Sse2.PackSignedSaturate(rounded.GetLower(), rounded.GetUpper());
            Sse2.PackUnsignedSaturate(words, words).GetLower().StoreUnsafe(ref target, (nuint)x);
            if (x == last) return;
        }
    }

    private readonly ref struct Mixer512(
        ReadOnlySpan<int> y, ReadOnlySpan<int> u, ReadOnlySpan<int> v, in ChannelMix mix)
    {
        private readonly ref int _y = ref MemoryMarshal.GetReference(y);
        private readonly ref int _u = ref MemoryMarshal.GetReference(u);
        private readonly ref int _v = ref MemoryMarshal.GetReference(v);
        private readonly Vector512<float> _luma = Vector512.Create(mix.Luma);
        private readonly Vector512<float> _blue = Vector512.Create(mix.Blue);
        private readonly Vector512<float> _red = Vector512.Create(mix.Red);
        private readonly Vector512<float> _bias = Vector512.Create(mix.Bias);
        private readonly Vector512<float> _low = Vector512.Create(mix.Low);
        private readonly Vector512<float> _high = Vector512.Create(mix.High);

        public Vector512<float> At(int x)
        {
            var value = Avx512F.FusedMultiplyAdd(Load(ref _v, x), _red, _bias);
            value = Avx512F.FusedMultiplyAdd(Load(ref _u, x), _blue, value);
            value = Avx512F.FusedMultiplyAdd(Load(ref _y, x), _luma, value);
            return Avx512F.Min(Avx512F.Max(value, _low), _high);
        }

        private static Vector512<float> Load(ref int row, int x) =>
            Avx512F.ConvertToVector512Single(Vector512.LoadUnsafe(ref row, (nuint)x));
    }

    private readonly ref struct Mixer256(
        ReadOnlySpan<int> y, ReadOnlySpan<int> u, ReadOnlySpan<int> v, in ChannelMix mix)
    {
        private readonly ref int _y = ref MemoryMarshal.GetReference(y);
        private readonly ref int _u = ref MemoryMarshal.GetReference(u);
        private readonly ref int _v = ref MemoryMarshal.GetReference(v);
        private readonly Vector256<float> _luma = Vector256.Create(mix.Luma);
        private readonly Vector256<float> _blue = Vector256.Create(mix.Blue);
        private readonly Vector256<float> _red = Vector256.Create(mix.Red);
        private readonly Vector256<float> _bias = Vector256.Create(mix.Bias);
        private readonly Vector256<float> _low = Vector256.Create(mix.Low);
        private readonly Vector256<float> _high = Vector256.Create(mix.High);

        public Vector256<float> At(int x)
        {
            var value = Fma.MultiplyAdd(Load(ref _v, x), _red, _bias);
            value = Fma.MultiplyAdd(Load(ref _u, x), _blue, value);
            value = Fma.MultiplyAdd(Load(ref _y, x), _luma, value);
            return Avx.Min(Avx.Max(value, _low), _high);
        }

        private static Vector256<float> Load(ref int row, int x) =>
            Avx.ConvertToVector256Single(Vector256.LoadUnsafe(ref row, (nuint)x));
    }
}
