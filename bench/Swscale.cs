using System.Runtime.InteropServices;

namespace Picket.Bench;

/// <summary>libswscale, the peer that the imaging kernels are measured against: YUV 4:2:0 planes to resized
/// RGB24.</summary>
internal sealed unsafe partial class Swscale : IDisposable
{
    public const int FastBilinear = 1, Bilinear = 2, Area = 0x20;
    private const string Library = "libswscale.so.6";
    private const int Yuv420p = 0, Rgb24 = 2;
    private readonly nint _context;
    private readonly int _sourceHeight;

    public Swscale(int sourceWidth, int sourceHeight, int width, int height, int filter)
    {
        _sourceHeight = sourceHeight;
        _context = GetContext(sourceWidth, sourceHeight, Yuv420p, width, height, Rgb24, filter, 0, 0, 0);
        if (_context == 0)
        {
            throw new InvalidOperationException(
                $"sws_getContext refused {sourceWidth}x{sourceHeight} to {width}x{height}");
        }
    }

    public void Scale(byte* y, int strideY, byte* u, byte* v, int strideC, byte* rgb, int stride)
    {
        byte** planes = stackalloc byte*[4] { y, u, v, null };
        int* strides = stackalloc int[4] { strideY, strideC, strideC, 0 };
        byte** target = stackalloc byte*[4] { rgb, null, null, null };
        int* targetStrides = stackalloc int[4] { stride, 0, 0, 0 };
        int rows = Scale(_context, planes, strides, 0, _sourceHeight, target, targetStrides);
        if (rows < 0)
        {
            throw new InvalidOperationException($"sws_scale returned {rows}");
        }
    }

    public void Dispose() => FreeContext(_context);

    [LibraryImport(Library, EntryPoint = "sws_getContext")]
    private static partial nint GetContext(
        int sourceWidth,
        int sourceHeight,
        int sourceFormat,
        int width,
        int height,
        int format,
        int flags,
        nint before,
        nint after,
        nint parameters);

    [LibraryImport(Library, EntryPoint = "sws_scale")]
    private static partial int Scale(
        nint context, byte** planes, int* strides, int firstRow, int rows, byte** target, int* targetStrides);

    [LibraryImport(Library, EntryPoint = "sws_freeContext")]
    private static partial void FreeContext(nint context);
}
