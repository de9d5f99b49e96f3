using System.Numerics;

namespace Picket.Agent.Imaging;

/// <summary>What a tensor row holds: channel order and, for float output, <c>value * scale + offset</c> per channel
/// with values 0..255.</summary>
/// <param name="Order">Channels and their order.</param>
/// <param name="Scale">Factor per channel in output order; not 0. Gray uses X.</param>
/// <param name="Offset">Added per channel after the factor.</param>
/// <param name="Pad">Value 0..255 of letterbox bars and constant borders, before the factor.</param>
/// <remarks>Byte output holds the values 0..255 themselves: scale and offset do not apply.</remarks>
internal sealed record TensorFormat(ChannelOrder Order, Vector3 Scale, Vector3 Offset, byte Pad = 114)
{
    /// <summary>Byte output, or float output of the plain values 0..255.</summary>
    public static TensorFormat Plain(ChannelOrder order, byte pad = 114) => Uniform(order, 1, 0, pad);

    /// <summary>The same factor and offset for every channel.</summary>
    public static TensorFormat Uniform(ChannelOrder order, float scale, float offset, byte pad = 114) =>
        new(order, new Vector3(scale), new Vector3(offset), pad);

    /// <summary>1 or 3.</summary>
    public int Channels => Order == ChannelOrder.Gray ? 1 : 3;
}

/// <summary>The channels of an output picture and their order.</summary>
internal enum ChannelOrder
{
    Rgb,
    Bgr,

    /// <summary>One channel: luma, expanded to 0..255.</summary>
    Gray,
}
