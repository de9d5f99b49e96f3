namespace Picket.Tests.Support;

/// <summary>A test that compares with the ffmpeg program: skipped, with the reason, where that is not installed,
/// except in CI, where it must run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FfmpegFactAttribute : FactAttribute
{
    public const string Program = "/usr/bin/ffmpeg";

    public FfmpegFactAttribute() => Skip = Needed.File(Program, "ffmpeg");
}
