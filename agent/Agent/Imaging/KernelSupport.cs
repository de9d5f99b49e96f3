using System.Runtime.Intrinsics.X86;

namespace Picket.Agent.Imaging;

/// <summary>Which instruction sets this machine runs the kernels with, determined once at startup.</summary>
internal static class KernelSupport
{
    /// <summary>The widest supported set. Measured at all input sizes of our models (<c>make bench ARGS=imaging</c>, which fails where
    /// another set is faster): AVX-512 takes 0.54 to 0.72 of AVX2's time. A processor that slows down for it is switched to AVX2 by
    /// <c>DOTNET_EnableAVX512=0</c>.</summary>
    public static KernelIsa Best { get; } =
        IsSupported(KernelIsa.Avx512) ? KernelIsa.Avx512
        : IsSupported(KernelIsa.Avx2) ? KernelIsa.Avx2
        : KernelIsa.Scalar;

    /// <summary>Whether this machine (and the <c>DOTNET_Enable*</c> switches) has the set.</summary>
    public static bool IsSupported(KernelIsa isa) => isa switch
    {
        KernelIsa.Avx512 => Avx512F.IsSupported && Avx512BW.IsSupported && Fma.IsSupported,
        KernelIsa.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        _ => true,
    };

    /// <summary>The set itself, or an error if this machine lacks it: a kernel never falls back silently.</summary>
    public static KernelIsa Require(KernelIsa isa) => IsSupported(isa)
        ? isa
        : throw new PlatformNotSupportedException($"this machine has no {isa}");
}

/// <summary>The instruction set a kernel runs with; every kernel gives the same result with each of them.</summary>
internal enum KernelIsa
{
    Scalar,
    Avx2,
    Avx512,
}
