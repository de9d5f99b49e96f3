namespace Picket.Agent.Ingest;

/// <summary>
/// The largest pictures that are decoded: bytes from cameras and files are hostile, and these limits bound memory.
/// </summary>
internal static class PictureLimits
{
    /// <summary>Of width and of height, in pixels.</summary>
    public const int Side = 16384;

    /// <summary>Of the whole picture: 100 megapixels, at most 300 MB as 4:4:4 of 8 bits.</summary>
    public const int Pixels = 100_000_000;

    /// <summary>
    /// Of a picture file: the largest allowed picture, uncompressed at 24 bits a pixel, and then some.
    /// </summary>
    public const int FileBytes = 320 << 20;

    public static bool Allow(int width, int height) =>
        width is > 0 and <= Side && height is > 0 and <= Side && (long)width * height <= Pixels;
}
