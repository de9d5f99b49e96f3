using System.Runtime.InteropServices;
using Picket.Agent.Imaging.Turbojpeg;

namespace Picket.Agent.Imaging;

/// <summary>Encodes parts of frames and color chips as JPEG with libturbojpeg, through buffers that are kept; one
/// thread at a time.</summary>
/// <remarks>Buffers grow to the largest picture asked for, at most <see cref="MaxPixels"/>; a call that fits
/// allocates nothing.</remarks>
internal sealed unsafe class JpegEncoder : IDisposable
{
    /// <summary>A 4K camera's frame: buffers then hold 12 MB of planes (25 MB for 4:4:4) and 25 MB of output at
    /// worst.</summary>
    public const int MaxPixels = 4096 * 2160;

    /// <summary>Visually clean at about 1 bit a pixel; crops travel over 32 kbit/s lines.</summary>
    public const int DefaultQuality = 85;

    private readonly TurboJpegHandle _handle;
    private byte[] _planes = [];
    private byte[] _jpeg = [];

    /// <exception cref="PicketException">libturbojpeg is not installed, or has no memory.</exception>
    public JpegEncoder()
    {
        _handle = TurboJpeg.InitCompress();
        if (_handle.IsInvalid)
        {
            throw new PicketException("libturbojpeg could not be initialized (out of memory)");
        }
    }

    /// <summary>Encodes a part of a frame in the frame's own chroma resolution; what its masks hide becomes
    /// black.</summary>
    /// <param name="source">The frame, any range and matrix; the file is full range BT.601, as JPEG demands.</param>
    /// <param name="region">The part, x and y even (<see cref="PixelRegion.AroundEven"/>).</param>
    /// <param name="destination">Receives the file.</param>
    /// <param name="quality">1 to 100.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException">A region that is odd, empty or beyond the frame, or a destination too
    /// short for the file.</exception>
    public int Encode(in YuvPlanes source, PixelRegion region, Span<byte> destination, int quality = DefaultQuality)
    {
        CheckRegion(source, region);
        source.Masks?.RequireSize(source.Width, source.Height);
        bool halfX = source.Layout != PixelLayout.I444, halfY = source.Layout is PixelLayout.I420 or PixelLayout.Nv12;
        int chromaWidth = halfX ? (region.Width + 1) / 2 : region.Width;
        int chromaHeight = halfY ? (region.Height + 1) / 2 : region.Height;
        int lumaSize = region.Width * region.Height, chromaSize = chromaWidth * chromaHeight;
        Grow(ref _planes, lumaSize + (2 * chromaSize));
        var luma = _planes.AsSpan(0, lumaSize);
        var blue = _planes.AsSpan(lumaSize, chromaSize);
        var red = _planes.AsSpan(lumaSize + chromaSize, chromaSize);
        CopyChroma(source, region, chromaWidth, chromaHeight, blue, red);
        CopyLuma(source, region, luma);
        int subsampling = halfY ? TurboJpeg.Chroma420 : halfX ? TurboJpeg.Chroma422 : TurboJpeg.Chroma444;
        GrowOutput(region.Width, region.Height, subsampling);
        fixed (byte* y = luma, u = blue, v = red, output = _jpeg)
        {
            byte** planes = stackalloc byte*[3] { y, u, v };
            int* strides = stackalloc int[3] { region.Width, chromaWidth, chromaWidth };
            byte* jpeg = output;
            var size = new CULong((nuint)_jpeg.Length);
            Check(TurboJpeg.CompressPlanes(
                _handle, planes, region.Width, strides, region.Height, subsampling, ref jpeg, ref size, quality,
                TurboJpeg.NoRealloc));
            return Deliver((int)size.Value, destination);
        }
    }

    /// <summary>Encodes a chip of interleaved 8-bit colors (4:2:0).</summary>
    /// <param name="pixels">width x height x 3 bytes.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="order"><see cref="ChannelOrder.Rgb"/> or <see cref="ChannelOrder.Bgr"/>.</param>
    /// <param name="destination">Receives the file.</param>
    /// <param name="quality">1 to 100.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException">A size that does not fit the pixels, a gray order, or a destination too
    /// short for the file.</exception>
    public int Encode(
        ReadOnlySpan<byte> pixels, int width, int height, ChannelOrder order, Span<byte> destination,
        int quality = DefaultQuality)
    {
        CheckSize(width, height);
        if (pixels.Length < 3 * width * height || order == ChannelOrder.Gray)
        {
            throw new ArgumentException(
                $"a chip of {width}x{height} needs {3 * width * height} bytes of RGB or BGR, "
                    + $"has {pixels.Length} of {order}");
        }

        GrowOutput(width, height, TurboJpeg.Chroma420);
        fixed (byte* input = pixels, output = _jpeg)
        {
            byte* jpeg = output;
            var size = new CULong((nuint)_jpeg.Length);
            Check(TurboJpeg.CompressPixels(
                _handle,
                input,
                width,
                3 * width,
                height,
                order == ChannelOrder.Rgb ? TurboJpeg.PixelRgb : TurboJpeg.PixelBgr,
                ref jpeg,
                ref size,
                TurboJpeg.Chroma420,
                quality,
                TurboJpeg.NoRealloc));
            return Deliver((int)size.Value, destination);
        }
    }

    public void Dispose() => _handle.Dispose();

    private static void CheckRegion(in YuvPlanes source, PixelRegion region)
    {
        CheckSize(region.Width, region.Height);
        if (region.X < 0 || region.Y < 0 || ((region.X | region.Y) & 1) != 0
            || region.X > source.Width - region.Width || region.Y > source.Height - region.Height)
        {
            throw new ArgumentException(
                $"{region} is not inside the frame of {source.Width}x{source.Height} or not on even pixels");
        }
    }

    private static void CheckSize(int width, int height)
    {
        if (width < 1 || height < 1 || (long)width * height > MaxPixels)
        {
            throw new ArgumentException($"a JPEG of {width}x{height} pixels; 1 to {MaxPixels} are possible");
        }
    }

    private static void CopyLuma(in YuvPlanes source, PixelRegion region, Span<byte> luma)
    {
        var colors = new JpegColors(source.Bt709, source.FullRange);
        int shiftX = source.Layout == PixelLayout.I444 ? 0 : 1;
        int shiftY = source.Layout is PixelLayout.I444 or PixelLayout.I422 ? 0 : 1;
        int step = source.Layout == PixelLayout.Nv12 ? 2 : 1;
        for (int y = 0; y < region.Height; y++)
        {
            int frameY = region.Y + y, chromaRow = (frameY >> shiftY) * source.StrideC;
            var from = source.Y.Slice((frameY * source.StrideY) + region.X, region.Width);
            var blue = source.U[chromaRow..];
            var red = step == 2 ? source.U[(chromaRow + 1)..] : source.V[chromaRow..];
            var to = luma.Slice(y * region.Width, region.Width);
            for (int x = 0; x < to.Length; x++)
            {
                int chroma = ((region.X + x) >> shiftX) * step;
                to[x] = source.Masks is { } masks && masks.HidesCell((region.X + x) >> 1, frameY >> 1)
                    ? (byte)0
                    : colors.Luma(from[x], blue[chroma], red[chroma]);
            }
        }
    }

    private static void CopyChroma(
        in YuvPlanes source, PixelRegion region, int width, int height, Span<byte> blue, Span<byte> red)
    {
        var colors = new JpegColors(source.Bt709, source.FullRange);
        int shiftX = source.Layout == PixelLayout.I444 ? 0 : 1;
        int shiftY = source.Layout is PixelLayout.I444 or PixelLayout.I422 ? 0 : 1;
        int step = source.Layout == PixelLayout.Nv12 ? 2 : 1;
        for (int y = 0; y < height; y++)
        {
            int row = (region.Y >> shiftY) + y, at = row * source.StrideC;
            var fromBlue = source.U[at..];
            var fromRed = step == 2 ? source.U[(at + 1)..] : source.V[at..];
            for (int x = 0; x < width; x++)
            {
                int column = (region.X >> shiftX) + x, to = (y * width) + x;
                int u = fromBlue[column * step], v = fromRed[column * step];
                if (source.Masks is { } masks && masks.HidesCell(column >> (1 - shiftX), row >> (1 - shiftY)))
                {
                    u = v = 128;
                }

                blue[to] = colors.Blue(u, v);
                red[to] = colors.Red(u, v);
            }
        }
    }

    private void GrowOutput(int width, int height, int subsampling) =>
        Grow(ref _jpeg, checked((int)TurboJpeg.BufferSize(width, height, subsampling).Value));

    private static void Grow(ref byte[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        }
    }

    private void Check(int result)
    {
        if (result != 0)
        {
            throw new PicketException($"JPEG encoding failed: {TurboJpeg.LastError(_handle)}");
        }
    }

    private int Deliver(int size, Span<byte> destination)
    {
        if (destination.Length < size)
        {
            throw new ArgumentException($"the JPEG has {size} bytes, the destination {destination.Length}");
        }

        _jpeg.AsSpan(0, size).CopyTo(destination);
        return size;
    }
}
