namespace Picket.Agent.Cli.Demo;

/// <summary>
/// When somebody or something is in the picture of a demo clip: the truth that the demo's result is held against.
/// </summary>
/// <param name="Name">The person's name in the gallery, or the plate's text: upper-case A-Z0-9, no separators.</param>
/// <param name="From">Seconds from the loop's beginning, first moment in the picture.</param>
/// <param name="To">Seconds, first moment out of it.</param>
internal sealed record DemoPresence(string Name, double From, double To)
{
    /// <summary>How often it was in the picture for at least <paramref name="forSeconds"/>.</summary>
    /// <param name="framesSent">By the clip's camera, on its one connection.</param>
    public int TimesShown(long framesSent, DemoClip clip, double forSeconds)
    {
        var seconds = framesSent / clip.FramesPerSecond;
        var loops = (int)(seconds / clip.Seconds);
        return loops + (From + forSeconds <= seconds - loops * clip.Seconds ? 1 : 0);
    }
}
