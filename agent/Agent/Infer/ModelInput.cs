namespace Picket.Agent.Infer;

/// <summary>A model's input and how pixels become it: value = (pixel - <paramref name="Offset"/>) / <paramref name="Divisor"/>, planes in the order of <paramref name="Channels"/>.</summary>
/// <param name="Shape">N, C, H, W.</param>
/// <param name="Filter">How the picture is sampled: <c>area</c> averages when shrinking, <c>bilinear</c> does not.</param>
internal sealed record ModelInput(string Name, long[] Shape, ChannelOrder Channels, float Offset, float Divisor, string Filter)
{
    public int Width => (int)Shape[3];
    public int Height => (int)Shape[2];
}
