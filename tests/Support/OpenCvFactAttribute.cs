namespace Picket.Tests.Support;

/// <summary>A test that compares with OpenCV: skipped, with the reason, where the window system that its build is linked with is
/// not installed, except in CI, where it must run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OpenCvFactAttribute : FactAttribute
{
    public OpenCvFactAttribute() => Skip = Needed.File("/usr/lib/x86_64-linux-gnu/libgtk-3.so.0", "libgtk-3-0");
}
