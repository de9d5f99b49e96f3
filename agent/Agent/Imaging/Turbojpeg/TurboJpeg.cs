using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Picket.Agent.Imaging.Turbojpeg;

/// <summary>The few functions of the TurboJPEG 2 API (libturbojpeg.so.0) in use; each returns 0, or -1 with the reason
/// in <see cref="LastError"/>.</summary>
internal static unsafe partial class TurboJpeg
{
    /// <summary>TJFLAG_NOREALLOC: the output buffer is the caller's. The library then assumes that it holds
    /// <see cref="BufferSize"/> bytes, whatever size is passed.</summary>
    public const int NoRealloc = 1024;

    /// <summary>TJPF_RGB and TJPF_BGR.</summary>
    public const int PixelRgb = 0, PixelBgr = 1;

    /// <summary>TJSAMP_420.</summary>
    public const int Chroma420 = 2;

    private const string Library = "turbojpeg";

    [LibraryImport(Library, EntryPoint = "tjInitCompress")]
    public static partial TurboJpegHandle InitCompress();

    [LibraryImport(Library, EntryPoint = "tjDestroy")]
    public static partial int Destroy(nint handle);

    /// <summary>Maximum JPEG size of a picture in bytes, or the type's maximum on bad arguments.</summary>
    [LibraryImport(Library, EntryPoint = "tjBufSize")]
    public static partial CULong BufferSize(int width, int height, int subsampling);

    [LibraryImport(Library, EntryPoint = "tjCompress2")]
    public static partial int CompressPixels(
        TurboJpegHandle handle,
        byte* pixels,
        int width,
        int pitch,
        int height,
        int pixelFormat,
        ref byte* jpeg,
        ref CULong size,
        int subsampling,
        int quality,
        int flags);

    /// <summary>What went wrong in the last call with this handle.</summary>
    public static string LastError(TurboJpegHandle handle) =>
        Marshal.PtrToStringUTF8(GetError(handle)) ?? "unknown error";

    [LibraryImport(Library, EntryPoint = "tjGetErrorStr2")]
    private static partial nint GetError(TurboJpegHandle handle);
}

/// <summary>A compressor instance of libturbojpeg; one thread at a time.</summary>
internal sealed class TurboJpegHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => TurboJpeg.Destroy(handle) == 0;
}
