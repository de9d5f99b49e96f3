namespace Picket.Agent.Imaging;

/// <summary>How a frame's planes lie in memory; 8 bits a sample. The shifts of the chroma planes follow from
/// it.</summary>
internal enum PixelLayout
{
    /// <summary>Three planes, chroma halved in both directions (yuv420p).</summary>
    I420,

    /// <summary>Luma plane and one plane of interleaved U and V, halved in both directions (nv12).</summary>
    Nv12,

    /// <summary>Three planes, chroma halved horizontally (yuv422p: many JPEG cameras).</summary>
    I422,

    /// <summary>Three planes of the same size (yuv444p: JPEG and pictures converted from RGB).</summary>
    I444,
}
