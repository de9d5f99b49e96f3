namespace Picket.Agent.Imaging;

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
