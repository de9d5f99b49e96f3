namespace Picket.Agent.Ingest;

/// <summary>
/// How a stored picture is turned for display: first transposed, then mirrored. The eight EXIF orientations.
/// </summary>
internal readonly record struct Orientation(bool Transpose, bool FlipX, bool FlipY)
{
    public static readonly Orientation Upright;

    public bool IsUpright => this == Upright;

    /// <summary>
    /// From a display matrix of nine numbers (libavutil/display.h): x' = m0 x + m3 y, y' = m1 x + m4 y. Anything but a
    /// quarter turn or a mirror image counts as upright.
    /// </summary>
    public static unsafe Orientation FromMatrix(int* matrix)
    {
        int xx = matrix[0], yx = matrix[1], xy = matrix[3], yy = matrix[4];
        if (xx != 0 && yy != 0 && xy == 0 && yx == 0) return new(false, xx < 0, yy < 0);
        if (xx == 0 && yy == 0 && xy != 0 && yx != 0) return new(true, xy < 0, yx < 0);
        return Upright;
    }
}
