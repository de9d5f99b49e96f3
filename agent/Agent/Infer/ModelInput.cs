using Picket.Agent.Imaging;

namespace Picket.Agent.Infer;

/// <summary>
/// A model's input and how pixels become it: value = (pixel - <paramref name="Offset"/>) / <paramref name="Divisor"/>,
/// planes in the order of <paramref name="Channels"/>.
/// </summary>
/// <param name="Shape">N, C, H, W.</param>
/// <param name="Filter">How a picture is resized to it; crops average when they shrink whatever it says.</param>
internal sealed record ModelInput(
    string Name, long[] Shape, ChannelOrder Channels, float Offset, float Divisor, ResizeFilter Filter)
{
    public int Width => (int)Shape[3];
    public int Height => (int)Shape[2];

    /// <summary>The same pre-processing as the imaging kernels want it. Padding is black.</summary>
    public TensorFormat Format => TensorFormat.Uniform(Channels, 1 / Divisor, -Offset / Divisor, pad: 0);
}
