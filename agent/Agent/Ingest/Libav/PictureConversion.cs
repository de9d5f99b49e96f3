using Picket.Agent.Imaging;

namespace Picket.Agent.Ingest.Libav;

/// <summary>Converts a decoded picture to one of the layouts of <see cref="PixelLayout"/>, 8 bits.</summary>
internal static unsafe class PictureConversion
{
    /// <summary>
    /// The layout in which the decoder's planes can be read in place, or null when the picture has to be converted.
    /// </summary>
    public static PixelLayout? NativeLayout(FrameHandle picture, in PixelFormat format)
    {
        if (format.Depth != 8 || picture.Stride(0) <= 0) return null;
        if (format.Family == PixelFamily.Nv12) return PixelLayout.Nv12;
        // Both chroma planes are read with the same stride.
        if (format.Family != PixelFamily.PlanarYuv || picture.Stride(1) != picture.Stride(2)) return null;
        return Layout(format);
    }

    /// <summary>The decoder's planes, in place.</summary>
    public static PlanePointers Wrap(FrameHandle picture, PixelLayout layout) => new()
    {
        Y = picture.Plane(0),
        U = picture.Plane(1),
        V = picture.Plane(2),
        StrideY = picture.Stride(0),
        StrideC = picture.Stride(1),
        Width = picture.Width,
        Height = picture.Height,
        Layout = layout,
    };

    /// <summary>
    /// Converts the picture into <paramref name="buffer"/>: RGB becomes full-range BT.601 4:4:4, gray becomes 4:2:0
    /// with neutral chroma, deep samples lose their lowest bits.
    /// </summary>
    public static PlanePointers Convert(FrameHandle picture, in PixelFormat format, PlaneBuffer buffer)
    {
        var layout = format.Family switch
        {
            PixelFamily.Nv12 or PixelFamily.Gray or PixelFamily.OneBit => PixelLayout.I420,
            PixelFamily.PackedYuv => PixelLayout.I422,
            PixelFamily.PlanarYuv => Layout(format) ?? PixelLayout.I444,
            _ => PixelLayout.I444,
        };
        var planes = buffer.Shape(layout, picture.Width, picture.Height);
        switch (format.Family)
        {
            case PixelFamily.PlanarYuv: Planar(picture, format, planes); break;
            case PixelFamily.Nv12: SemiPlanar(picture, planes); break;
            case PixelFamily.PackedYuv: PackedYuv(picture, format, planes); break;
            case PixelFamily.Gray or PixelFamily.OneBit: Gray(picture, format, planes); break;
            default: Rgb(picture, format, planes); break;
        }
        return planes;
    }

    private static PixelLayout? Layout(in PixelFormat format) => (format.ChromaX, format.ChromaY) switch
    {
        (1, 1) => PixelLayout.I420,
        (1, 0) => PixelLayout.I422,
        (0, 0) => PixelLayout.I444,
        _ => null,
    };

    private static void Planar(FrameHandle picture, in PixelFormat format, in PlanePointers planes)
    {
        // An unusual layout (4:4:0, 4:1:1, 4:1:0) is widened to 4:4:4 by repeating its chroma.
        var own = Layout(format) is null;
        int shiftX = own ? format.ChromaX : 0, shiftY = own ? format.ChromaY : 0;
        var chromaBytes = BytesOf(-(-picture.Width >> format.ChromaX), format);
        for (var row = 0; row < planes.Height; row++)
            RowKernels.Reduce(
                Row(picture, 0, row, BytesOf(picture.Width, format)), format.Depth, format.BigEndian, 0,
                planes.RowY(row));
        for (var row = 0; row < planes.ChromaHeight; row++)
        {
            var u = Row(picture, 1, row >> shiftY, chromaBytes);
            var v = Row(picture, 2, row >> shiftY, chromaBytes);
            RowKernels.Reduce(u, format.Depth, format.BigEndian, shiftX, planes.RowU(row));
            RowKernels.Reduce(v, format.Depth, format.BigEndian, shiftX, planes.RowV(row));
        }
    }

    private static void SemiPlanar(FrameHandle picture, in PlanePointers planes)
    {
        for (var row = 0; row < planes.Height; row++) Row(picture, 0, row, planes.Width).CopyTo(planes.RowY(row));
        for (var row = 0; row < planes.ChromaHeight; row++)
        {
            var pairs = Row(picture, 1, row, 2 * planes.ChromaWidth);
            RowKernels.Pick(pairs, 0, 2, planes.RowU(row));
            RowKernels.Pick(pairs, 1, 2, planes.RowV(row));
        }
    }

    private static void PackedYuv(FrameHandle picture, in PixelFormat format, in PlanePointers planes)
    {
        for (var row = 0; row < planes.Height; row++)
        {
            var pixels = Row(picture, 0, row, planes.ChromaWidth * 4);
            RowKernels.Pick(pixels, format.First, 2, planes.RowY(row));
            RowKernels.Pick(pixels, format.Second, 4, planes.RowU(row));
            RowKernels.Pick(pixels, format.Third, 4, planes.RowV(row));
        }
    }

    private static void Gray(FrameHandle picture, in PixelFormat format, in PlanePointers planes)
    {
        for (var row = 0; row < planes.Height; row++)
        {
            if (format.Family == PixelFamily.OneBit)
            {
                var flip = format.First == 1 ? (byte)0xFF : (byte)0;
                RowKernels.OneBit(Row(picture, 0, row, (planes.Width + 7) / 8), flip, planes.RowY(row));
            }
            else if (format.Depth == 8)
                RowKernels.Pick(
                    Row(picture, 0, row, planes.Width * format.Step), format.First, format.Step, planes.RowY(row));
            else
                RowKernels.Reduce(
                    Row(picture, 0, row, planes.Width * 2), format.Depth, format.BigEndian, 0, planes.RowY(row));
        }
        for (var row = 0; row < planes.ChromaHeight; row++)
        {
            planes.RowU(row).Fill(128);
            planes.RowV(row).Fill(128);
        }
    }

    private static void Rgb(FrameHandle picture, in PixelFormat format, in PlanePointers planes)
    {
        for (var row = 0; row < planes.Height; row++)
        {
            Span<byte> y = planes.RowY(row), u = planes.RowU(row), v = planes.RowV(row);
            var bytes = BytesOf(planes.Width, format);
            switch (format.Family)
            {
                case PixelFamily.PackedRgb:
                    RowKernels.Rgb(
                        Row(picture, 0, row, planes.Width * format.Step), format.Step,
                        format.First, format.Second, format.Third, y, u, v);
                    break;
                case PixelFamily.PlanarGbr:
                    RowKernels.PlanarRgb(
                        Row(picture, 2, row, bytes), Row(picture, 0, row, bytes), Row(picture, 1, row, bytes),
                        format.Depth, format.BigEndian, y, u, v);
                    break;
                case PixelFamily.Palette:
                    RowKernels.Palette(Row(picture, 0, row, planes.Width), new(picture.Plane(1), 1024), y, u, v);
                    break;
                case PixelFamily.Rgb16:
                    RowKernels.Rgb16(Row(picture, 0, row, planes.Width * 2), format.First, y, u, v);
                    break;
                default:
                    throw new InvalidOperationException($"{format.Name} is not an RGB format");
            }
        }
    }

    private static int BytesOf(int samples, in PixelFormat format) => format.Depth == 8 ? samples : 2 * samples;

    private static ReadOnlySpan<byte> Row(FrameHandle picture, int plane, int row, int bytes) =>
        new(picture.Plane(plane) + (nint)row * picture.Stride(plane), bytes);
}
