namespace Picket.Agent.Cli.Demo;

/// <summary>
/// Tells how far the making of a clip is: one line that moves on a terminal, begin and end elsewhere.
/// </summary>
internal sealed class ClipProgress(TextWriter writer, bool isTerminal)
{
    private string _title = "";
    private int _frames;

    public void Begin(string title, int frames)
    {
        _title = title;
        _frames = frames;
        if (isTerminal) Report(0);
        else writer.WriteLine($"demo: {title} ...");
    }

    public void Report(int frame)
    {
        if (isTerminal) writer.Write($"\rdemo: {_title} {Math.Min(100, frame * 100L / _frames),3} %");
    }

    public void End()
    {
        if (!isTerminal) return;
        Report(_frames);
        writer.WriteLine();
    }
}
