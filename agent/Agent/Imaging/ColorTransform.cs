using System.Numerics;

namespace Picket.Agent.Imaging;

/// <summary>Turns accumulated Y, U and V sums into output channels, one <see cref="ChannelMix"/> each.</summary>
/// <remarks>
/// R'G'B' from Y'CbCr with Kr, Kb from ITU-R BT.601-7 section 2.5 (0.299, 0.114) or BT.709-6 section 3 (0.2126,
/// 0.0722); limited range has Y' in 16..235 and chroma in 16..240. Range, matrix, fixed-point scale and the tensor's
/// factor and offset are combined into one matrix per call.
/// </remarks>
internal readonly struct ColorTransform
{
    private readonly ChannelMix _first;
    private readonly ChannelMix _second;
    private readonly ChannelMix _third;

    /// <summary>Builds the transform for one frame.</summary>
    /// <param name="source">Matrix and range of the frame.</param>
    /// <param name="order">Channels wanted; gray is luma only, as channel 0.</param>
    /// <param name="scale">Factor per output channel.</param>
    /// <param name="offset">Added per output channel.</param>
    /// <param name="luma">What a luma sum stands for.</param>
    /// <param name="chroma">Likewise for U and V.</param>
    public ColorTransform(
        in YuvPlanes source, ChannelOrder order, Vector3 scale, Vector3 offset, SampleScale luma, SampleScale chroma)
    {
        double kr = source.Bt709 ? 0.2126 : 0.299, kb = source.Bt709 ? 0.0722 : 0.114, kg = 1 - kr - kb;
        double lumaGain = source.FullRange ? 1 : 255.0 / 219, lumaBlack = source.FullRange ? 0 : 16;
        double chromaGain = source.FullRange ? 1 : 255.0 / 224;
        double redFromV = 2 * (1 - kr) * chromaGain, blueFromU = 2 * (1 - kb) * chromaGain;
        double greenFromU = -kb / kg * blueFromU, greenFromV = -kr / kg * redFromV;
        var (u0, v0, u1, v1, u2, v2) = order switch
        {
            ChannelOrder.Rgb => (0, redFromV, greenFromU, greenFromV, blueFromU, 0),
            ChannelOrder.Bgr => (blueFromU, 0, greenFromU, greenFromV, 0, redFromV),
            _ => (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        };
        double black = lumaGain * (luma.Zero - lumaBlack), gray = chroma.Zero - 128, lumaStep = lumaGain * luma.Step;
        _first = Mix(lumaStep, u0 * chroma.Step, v0 * chroma.Step, black + ((u0 + v0) * gray), scale.X, offset.X);
        _second = Mix(lumaStep, u1 * chroma.Step, v1 * chroma.Step, black + ((u1 + v1) * gray), scale.Y, offset.Y);
        _third = Mix(lumaStep, u2 * chroma.Step, v2 * chroma.Step, black + ((u2 + v2) * gray), scale.Z, offset.Z);
    }

    /// <summary>The mix of output channel 0, 1 or 2.</summary>
    public ChannelMix this[int channel] => channel switch
    {
        0 => _first,
        1 => _second,
        2 => _third,
        _ => throw new ArgumentOutOfRangeException(nameof(channel)),
    };

    private static ChannelMix Mix(double luma, double blue, double red, double bias, float scale, float offset)
    {
        var end = (255 * scale) + offset;
        return new ChannelMix(
            (float)(luma * scale),
            (float)(blue * scale),
            (float)(red * scale),
            (float)((bias * scale) + offset),
            MathF.Min(offset, end),
            MathF.Max(offset, end));
    }
}

/// <summary>One output channel from sums of Y, U and V: <c>clamp(y*Luma + (u*Blue + (v*Red + Bias)), Low,
/// High)</c>.</summary>
internal readonly record struct ChannelMix(float Luma, float Blue, float Red, float Bias, float Low, float High);
