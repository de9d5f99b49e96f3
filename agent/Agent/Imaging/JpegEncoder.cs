using System.Runtime.InteropServices;
using Picket.Agent.Imaging.Turbojpeg;

namespace Picket.Agent.Imaging;

/// <summary>Encodes color chips, as <see cref="AffineCrop"/> makes them from frames, as JPEG with libturbojpeg, reusing
/// its buffer; one thread at a time.</summary>
/// <remarks>The buffer grows to the largest picture requested, at most <see cref="MaxPixels"/>; a call that fits
/// allocates nothing.</remarks>
internal sealed unsafe class JpegEncoder : IDisposable
{
    /// <summary>A 4K camera's frame: the buffer then holds 25 MB of output at worst.</summary>
    public const int MaxPixels = 4096 * 2160;

    /// <summary>Visually clean at about 1 bit per pixel; crops travel over 32 kbit/s lines.</summary>
    public const int DefaultQuality = 85;

    private readonly TurboJpegHandle _handle;
    private byte[] _jpeg = [];

    /// <exception cref="PicketException">libturbojpeg is not installed, or has no memory.</exception>
    public JpegEncoder()
    {
        _handle = TurboJpeg.InitCompress();
        if (_handle.IsInvalid)
            throw new PicketException("libturbojpeg could not be initialized (out of memory)");
    }

    /// <summary>Encodes a chip of interleaved 8-bit colors (4:2:0).</summary>
    /// <param name="pixels">width x height x 3 bytes.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="order"><see cref="ChannelOrder.Rgb"/> or <see cref="ChannelOrder.Bgr"/>.</param>
    /// <param name="destination">Receives the file.</param>
    /// <param name="quality">1 to 100.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException">A size that does not match the pixels, a gray order, or a destination too
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

        Grow(checked((int)TurboJpeg.BufferSize(width, height, TurboJpeg.Chroma420).Value));
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

    private static void CheckSize(int width, int height)
    {
        if (width < 1 || height < 1 || (long)width * height > MaxPixels)
            throw new ArgumentException($"a JPEG of {width}x{height} pixels; 1 to {MaxPixels} are allowed");
    }

    private void Grow(int length)
    {
        if (_jpeg.Length < length)
            _jpeg = GC.AllocateUninitializedArray<byte>(length, pinned: true);
    }

    private void Check(int result)
    {
        if (result != 0)
            throw new PicketException($"JPEG encoding failed: {TurboJpeg.LastError(_handle)}");
    }

    private int Deliver(int size, Span<byte> destination)
    {
        if (destination.Length < size)
            throw new ArgumentException($"the JPEG has {size} bytes, the destination only {destination.Length}");
        _jpeg.AsSpan(0, size).CopyTo(destination);
        return size;
    }
}
