namespace Picket.Agent.Imaging;

/// <summary>Turns rows of Y, U and V sums into planar output channels by a <see cref="ColorTransform"/>.</summary>
/// <remarks>
/// Every twin does the same IEEE operations in the same order (fused multiply-adds, then max, then min), so floats are equal bit for bit too;
/// bytes are the clamped float rounded to nearest, ties to even.
/// </remarks>
internal static class ColorKernel
{
    /// <summary>Three channels of <c>c0.Length</c> floats each.</summary>
    public static void ToFloat(
        KernelIsa isa,
        ReadOnlySpan<int> y,
        ReadOnlySpan<int> u,
        ReadOnlySpan<int> v,
        in ColorTransform color,
        Span<float> c0,
        Span<float> c1,
        Span<float> c2)
    {
        for (int x = 0; x < c0.Length; x++)
        {
            float fy = y[x], fu = u[x], fv = v[x];
            c0[x] = Mix(fy, fu, fv, color.Luma.X, color.Blue.X, color.Red.X, color.Bias.X, color.Low.X, color.High.X);
            c1[x] = Mix(fy, fu, fv, color.Luma.Y, color.Blue.Y, color.Red.Y, color.Bias.Y, color.Low.Y, color.High.Y);
            c2[x] = Mix(fy, fu, fv, color.Luma.Z, color.Blue.Z, color.Red.Z, color.Bias.Z, color.Low.Z, color.High.Z);
        }
    }

    /// <summary>Three channels of <c>c0.Length</c> bytes each.</summary>
    public static void ToBytes(
        KernelIsa isa,
        ReadOnlySpan<int> y,
        ReadOnlySpan<int> u,
        ReadOnlySpan<int> v,
        in ColorTransform color,
        Span<byte> c0,
        Span<byte> c1,
        Span<byte> c2)
    {
        for (int x = 0; x < c0.Length; x++)
        {
            float fy = y[x], fu = u[x], fv = v[x];
            c0[x] = Round(Mix(fy, fu, fv, color.Luma.X, color.Blue.X, color.Red.X, color.Bias.X, color.Low.X, color.High.X));
            c1[x] = Round(Mix(fy, fu, fv, color.Luma.Y, color.Blue.Y, color.Red.Y, color.Bias.Y, color.Low.Y, color.High.Y));
            c2[x] = Round(Mix(fy, fu, fv, color.Luma.Z, color.Blue.Z, color.Red.Z, color.Bias.Z, color.Low.Z, color.High.Z));
        }
    }

    /// <summary>One gray channel of floats.</summary>
    public static void ToGrayFloat(KernelIsa isa, ReadOnlySpan<int> y, in ColorTransform color, Span<float> gray)
    {
        for (int x = 0; x < gray.Length; x++)
        {
            gray[x] = Clamp(MathF.FusedMultiplyAdd(y[x], color.Luma.X, color.Bias.X), color.Low.X, color.High.X);
        }
    }

    /// <summary>One gray channel of bytes.</summary>
    public static void ToGrayBytes(KernelIsa isa, ReadOnlySpan<int> y, in ColorTransform color, Span<byte> gray)
    {
        for (int x = 0; x < gray.Length; x++)
        {
            gray[x] = Round(Clamp(MathF.FusedMultiplyAdd(y[x], color.Luma.X, color.Bias.X), color.Low.X, color.High.X));
        }
    }

    private static float Mix(
        float y, float u, float v, float luma, float blue, float red, float bias, float low, float high) =>
        Clamp(
            MathF.FusedMultiplyAdd(y, luma, MathF.FusedMultiplyAdd(u, blue, MathF.FusedMultiplyAdd(v, red, bias))),
            low,
            high);

    // The very comparisons of maxps and minps (second operand on a tie), so that a -0 comes out alike in every twin.
    private static float Clamp(float value, float low, float high)
    {
        float raised = value > low ? value : low;
        return raised < high ? raised : high;
    }

    private static byte Round(float value) => (byte)MathF.Round(value);
}
