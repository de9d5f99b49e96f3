namespace Picket.Agent.Ingest;

/// <summary>The kinds of pixel formats that pictures and cameras give, by what it takes to read them.</summary>
internal enum PixelFamily : byte
{
    Unknown,

    /// <summary>Separate Y, U, V planes of 8 to 16 bits.</summary>
    PlanarYuv,

    /// <summary>Y plane and interleaved UV plane of 8 bits.</summary>
    Nv12,

    /// <summary>Y, U, Y, V in one plane (USB cameras).</summary>
    PackedYuv,

    /// <summary>One plane of luma of 9 to 16 bits a sample, or 8 bits with something beside it.</summary>
    Gray,

    /// <summary>Red, green, blue (and something) in one plane.</summary>
    PackedRgb,

    /// <summary>Separate G, B, R planes of 8 to 16 bits.</summary>
    PlanarGbr,

    /// <summary>One byte a pixel into a table of 256 colors.</summary>
    Palette,

    /// <summary>One bit a pixel.</summary>
    OneBit,

    /// <summary>16 bits a pixel, 5 or 6 a color.</summary>
    Rgb16,
}
