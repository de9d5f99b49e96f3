namespace Picket.Tests.Agent.Imaging;

/// <summary>Plain double-precision imaging, written from the standards and not from the kernels: what they are
/// measured against.</summary>
internal static class ReferenceImaging
{
    /// <summary>R'G'B' 0..255 of one Y'CbCr sample: the numbers printed in ITU-R BT.601-7 (section 2.5) and BT.709-6
    /// (section 3), 8-bit quantization as there.</summary>
    public static (double R, double G, double B) ToRgb(double y, double cb, double cr, bool bt709, bool fullRange)
    {
        double luma = fullRange ? y / 255 : (y - 16) / 219;
        double blue = (cb - 128) / (fullRange ? 255 : 224), red = (cr - 128) / (fullRange ? 255 : 224);
        var (r, g, b) = bt709
            ? (luma + (1.5748 * red), luma - (0.187324 * blue) - (0.468124 * red), luma + (1.8556 * blue))
            : (luma + (1.402 * red), luma - (0.344136 * blue) - (0.714136 * red), luma + (1.772 * blue));
        return (255 * Math.Clamp(r, 0, 1), 255 * Math.Clamp(g, 0, 1), 255 * Math.Clamp(b, 0, 1));
    }

    /// <summary>Bilinear sample at a point in continuous coordinates, border replicated.</summary>
    public static double Bilinear(Func<int, int, byte> plane, int width, int height, double x, double y)
    {
        x = Math.Clamp(x - 0.5, 0, width - 1);
        y = Math.Clamp(y - 0.5, 0, height - 1);
        int x0 = (int)Math.Floor(x), y0 = (int)Math.Floor(y);
        int x1 = Math.Min(x0 + 1, width - 1), y1 = Math.Min(y0 + 1, height - 1);
        double ax = x - x0, ay = y - y0;
        double top = (plane(x0, y0) * (1 - ax)) + (plane(x1, y0) * ax);
        double bottom = (plane(x0, y1) * (1 - ax)) + (plane(x1, y1) * ax);
        return (top * (1 - ay)) + (bottom * ay);
    }

    /// <summary>Mean over a rectangle in continuous coordinates that lies inside the plane.</summary>
    public static double Box(
        Func<int, int, byte> plane, int width, int height, double x0, double y0, double x1, double y1)
    {
        double sum = 0, area = 0;
        for (int y = (int)Math.Floor(y0); y < Math.Min(height, Math.Ceiling(y1)); y++)
        {
            for (int x = (int)Math.Floor(x0); x < Math.Min(width, Math.Ceiling(x1)); x++)
            {
                double part = (Math.Min(x + 1, x1) - Math.Max(x, x0)) * (Math.Min(y + 1, y1) - Math.Max(y, y0));
                sum += plane(x, y) * part;
                area += part;
            }
        }

        return sum / area;
    }

    /// <summary>The color of a rectangle (or, with <paramref name="area"/> false, of its center) of a
    /// picture.</summary>
    public static (double R, double G, double B) Color(
        TestPicture picture, double x, double y, double width, double height, bool area)
    {
        double divX = picture.Layout == Picket.Agent.Imaging.PixelLayout.I444 ? 1 : 2;
        double divY =
            picture.Layout is Picket.Agent.Imaging.PixelLayout.I444 or Picket.Agent.Imaging.PixelLayout.I422 ? 1 : 2;
        double luma = Plane(picture.Y, picture.Width, picture.Height, 1, 1);
        double blue = Plane(picture.U, picture.ChromaWidth, picture.ChromaHeight, divX, divY);
        double red = Plane(picture.V, picture.ChromaWidth, picture.ChromaHeight, divX, divY);
        return ToRgb(luma, blue, red, picture.Bt709, picture.FullRange);

        double Plane(Func<int, int, byte> plane, int planeWidth, int planeHeight, double dx, double dy) =>
            area && width / dx > 1 && height / dy > 1
                ? Box(plane, planeWidth, planeHeight, x / dx, y / dy, (x + width) / dx, (y + height) / dy)
                : Bilinear(plane, planeWidth, planeHeight, (x + (width / 2)) / dx, (y + (height / 2)) / dy);
    }
}
