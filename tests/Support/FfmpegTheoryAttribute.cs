namespace Picket.Tests.Support;

/// <summary><see cref="FfmpegFactAttribute"/> with data.</summary>
internal sealed class FfmpegTheoryAttribute : TheoryAttribute
{
    public FfmpegTheoryAttribute() => Skip = new FfmpegFactAttribute().Skip;
}
