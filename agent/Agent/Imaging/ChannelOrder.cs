namespace Picket.Agent.Imaging;

/// <summary>The channels of an output picture and their order.</summary>
internal enum ChannelOrder
{
    Rgb,
    Bgr,

    /// <summary>One channel: luma, expanded to 0..255.</summary>
    Gray,
}
