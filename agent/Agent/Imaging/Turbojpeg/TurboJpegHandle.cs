using Microsoft.Win32.SafeHandles;

namespace Picket.Agent.Imaging.Turbojpeg;

/// <summary>A compressor instance of libturbojpeg; one thread at a time.</summary>
internal sealed class TurboJpegHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => TurboJpeg.Destroy(handle) == 0;
}
