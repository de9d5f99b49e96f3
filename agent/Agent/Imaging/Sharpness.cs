namespace Picket.Agent.Imaging;

/// <summary>How sharp a gray crop is: one of the measures that choose a track's best shot.</summary>
internal static class Sharpness
{
    /// <summary>Variance of the Laplacian <c>4*p - left - right - above - below</c> over the inner pixels; 0 for a
    /// picture without inner pixels.</summary>
    /// <param name="gray">Width x height bytes, row by row.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <remarks>
    /// J. L. Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy" (ICPR 2000), as OpenCV users compute
    /// it. It grows with noise and with the crop's own contrast: compare only crops of one size, within one track. Sums
    /// are exact: |Laplacian| is at most 1,020.
    /// </remarks>
    /// <exception cref="ArgumentException">The span is shorter than width x height.</exception>
    public static double Laplacian(ReadOnlySpan<byte> gray, int width, int height)
    {
        if (width < 0 || height < 0 || gray.Length < (long)width * height)
            throw new ArgumentException($"a gray picture of {width}x{height} does not fit in {gray.Length} bytes");
        if (width < 3 || height < 3) return 0;
        long sum = 0, squares = 0;
        for (var y = 1; y < height - 1; y++)
        {
            var above = gray.Slice((y - 1) * width, width);
            var row = gray.Slice(y * width, width);
            var below = gray.Slice((y + 1) * width, width);
            for (var x = 1; x < row.Length - 1; x++)
            {
                var value = (4 * row[x]) - row[x - 1] - row[x + 1] - above[x] - below[x];
                sum += value;
                squares += value * value;
            }
        }

        double count = (double)(width - 2) * (height - 2), mean = sum / count;
        return (squares / count) - (mean * mean);
    }
}
