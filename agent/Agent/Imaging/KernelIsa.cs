namespace Picket.Agent.Imaging;

/// <summary>The instruction set a kernel runs with; every kernel gives the same result with each of them.</summary>
internal enum KernelIsa
{
    Scalar,
    Avx2,
    Avx512,
}
