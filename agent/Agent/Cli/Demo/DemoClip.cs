namespace Picket.Agent.Cli.Demo;

/// <summary>A clip of one of the demo's cameras.</summary>
/// <param name="Path">Annex-B file; its extension (.h264, .h265) names the codec.</param>
internal sealed record DemoClip(string Path, double FramesPerSecond, int Frames)
{
    /// <summary>Seconds of one loop.</summary>
    public double Seconds => Frames / FramesPerSecond;
}
