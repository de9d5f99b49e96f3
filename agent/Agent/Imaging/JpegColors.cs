namespace Picket.Agent.Imaging;

/// <summary>Copies planes to what a JPEG file means by YCbCr: full range and the BT.601 matrix (ITU-T T.871, JFIF),
/// whatever the camera sends.</summary>
/// <remarks>
/// Limited range left as it is would look flat, BT.709 greenish. Fixed point with 16 fractional bits. What luma needs
/// of chroma is taken from the one sample that covers the pixel, so that each cell of 2x2 pixels stays on its own, as
/// masks need it.
/// </remarks>
internal readonly struct JpegColors
{
    private const int Bits = 16, Half = 1 << (Bits - 1);
    private readonly int _lumaGain, _lumaOffset;
    private readonly int _lumaFromBlue, _lumaFromRed;
    private readonly int _blueFromBlue, _blueFromRed, _redFromBlue, _redFromRed;

    public JpegColors(bool bt709, bool fullRange)
    {
        double lumaGain = fullRange ? 1 : 255.0 / 219, chromaGain = fullRange ? 1 : 255.0 / 224;
        _lumaGain = Fixed(lumaGain);
        _lumaOffset = Half - Fixed(fullRange ? 0 : 16 * lumaGain);
        // The picture's R'G'B' differences from luma, then BT.601's luma and color differences of them.
        double kr = bt709 ? 0.2126 : 0.299, kb = bt709 ? 0.0722 : 0.114, kg = 1 - kr - kb;
        double red = 2 * (1 - kr), blue = 2 * (1 - kb), greenFromBlue = -kb * blue / kg, greenFromRed = -kr * red / kg;
        double lumaFromBlue = (0.587 * greenFromBlue) + (0.114 * blue);
        double lumaFromRed = (0.299 * red) + (0.587 * greenFromRed);
        _lumaFromBlue = Fixed(chromaGain * lumaFromBlue);
        _lumaFromRed = Fixed(chromaGain * lumaFromRed);
        _blueFromBlue = Fixed(chromaGain * (blue - lumaFromBlue) / 1.772);
        _blueFromRed = Fixed(chromaGain * -lumaFromRed / 1.772);
        _redFromBlue = Fixed(chromaGain * -lumaFromBlue / 1.402);
        _redFromRed = Fixed(chromaGain * (red - lumaFromRed) / 1.402);
    }

    /// <summary>Luma of a pixel, given its chroma.</summary>
    public byte Luma(int y, int u, int v) =>
        Clip(((y * _lumaGain) + ((u - 128) * _lumaFromBlue) + ((v - 128) * _lumaFromRed) + _lumaOffset) >> Bits);

    public byte Blue(int u, int v) =>
        Clip(128 + ((((u - 128) * _blueFromBlue) + ((v - 128) * _blueFromRed) + Half) >> Bits));

    public byte Red(int u, int v) =>
        Clip(128 + ((((u - 128) * _redFromBlue) + ((v - 128) * _redFromRed) + Half) >> Bits));

    private static int Fixed(double value) => (int)Math.Round(value * (1 << Bits));

    private static byte Clip(int value) => (byte)Math.Clamp(value, 0, 255);
}
