using System.Numerics;

namespace Picket.Agent.Imaging;

/// <summary>Turns accumulated Y, U and V sums into output channels: <c>clamp(y*Luma + u*Blue + v*Red + Bias, Low, High)</c> per channel.</summary>
/// <remarks>
/// R'G'B' from Y'CbCr with Kr, Kb of ITU-R BT.601-7 section 2.5 (0.299, 0.114) or BT.709-6 section 3 (0.2126, 0.0722); limited range has Y' on
/// 16..235 and chroma on 16..240. Range, matrix, fixed-point scale and the tensor's factor and offset are folded into one matrix per call.
/// </remarks>
internal readonly struct ColorTransform
{
    /// <summary>Factor of the luma sum, per output channel.</summary>
    public Vector3 Luma { get; private init; }

    /// <summary>Factor of the U sum, per output channel.</summary>
    public Vector3 Blue { get; private init; }

    /// <summary>Factor of the V sum, per output channel.</summary>
    public Vector3 Red { get; private init; }
    public Vector3 Bias { get; private init; }
    public Vector3 Low { get; private init; }
    public Vector3 High { get; private init; }

    /// <summary>Builds the transform for one frame.</summary>
    /// <param name="bt709">Matrix of the frame.</param>
    /// <param name="fullRange">Range of the frame.</param>
    /// <param name="order">Channels wanted; gray is luma alone, in X.</param>
    /// <param name="scale">Factor per output channel.</param>
    /// <param name="offset">Added per output channel.</param>
    /// <param name="luma">A luma sample is <c>sum * luma.Step + luma.Zero</c>.</param>
    /// <param name="chroma">Likewise for U and V.</param>
    public static ColorTransform Create(
        bool bt709, bool fullRange, ChannelOrder order, Vector3 scale, Vector3 offset, SampleScale luma, SampleScale chroma)
    {
        double kr = bt709 ? 0.2126 : 0.299, kb = bt709 ? 0.0722 : 0.114, kg = 1 - kr - kb;
        double lumaGain = fullRange ? 1 : 255.0 / 219, lumaBlack = fullRange ? 0 : 16;
        double chromaGain = fullRange ? 1 : 255.0 / 224;
        double redFromV = 2 * (1 - kr) * chromaGain, blueFromU = 2 * (1 - kb) * chromaGain;
        double greenFromU = -kb / kg * blueFromU, greenFromV = -kr / kg * redFromV;
        var (u0, v0, u1, v1, u2, v2) = order switch
        {
            ChannelOrder.Rgb => (0, redFromV, greenFromU, greenFromV, blueFromU, 0),
            ChannelOrder.Bgr => (blueFromU, 0, greenFromU, greenFromV, 0, redFromV),
            _ => (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        };
        double black = lumaGain * (luma.Zero - lumaBlack), gray = chroma.Zero - 128;
        var low = offset;
        var high = (255 * scale) + offset;
        return new ColorTransform
        {
            Luma = Scaled(scale, lumaGain * luma.Step, lumaGain * luma.Step, lumaGain * luma.Step),
            Blue = Scaled(scale, u0 * chroma.Step, u1 * chroma.Step, u2 * chroma.Step),
            Red = Scaled(scale, v0 * chroma.Step, v1 * chroma.Step, v2 * chroma.Step),
            Bias = offset + Scaled(scale, black + ((u0 + v0) * gray), black + ((u1 + v1) * gray), black + ((u2 + v2) * gray)),
            Low = Vector3.Min(low, high),
            High = Vector3.Max(low, high),
        };
    }

    private static Vector3 Scaled(Vector3 scale, double x, double y, double z) =>
        new((float)(scale.X * x), (float)(scale.Y * y), (float)(scale.Z * z));
}
