namespace Picket.Agent.Cli.Demo;

/// <summary>
/// What a watcher reads: standard error, in colors on a terminal. A terminal that was closed stops nothing: what is written
/// afterwards is lost. Any thread.
/// </summary>
/// <param name="isColored">A terminal that shows colors.</param>
internal sealed class DemoConsole(TextWriter writer, bool isColored)
{
    private readonly Lock _gate = new();
    private bool _isGone;

    /// <summary>Standard error; colored unless it goes elsewhere or NO_COLOR asks for none (no-color.org).</summary>
    public static DemoConsole StandardError() => new(
        Console.Error,
        !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is not { Length: > 0 });

    /// <summary>Nobody reads any more.</summary>
    public bool IsGone
    {
        get
        {
            lock (_gate) return _isGone;
        }
    }

    public void Write(string line, DemoTone tone = DemoTone.Plain)
    {
        var escape = tone switch
        {
            DemoTone.Alert => "\e[1;31m",
            DemoTone.Notice => "\e[33m",
            DemoTone.Good => "\e[32m",
            DemoTone.Lesser => "\e[2m",
            DemoTone.Plain => "",
            _ => throw new ArgumentOutOfRangeException(nameof(tone), tone, null),
        };
        lock (_gate)
        {
            if (_isGone) return;
            try
            {
                writer.WriteLine(isColored && escape.Length > 0 ? $"{escape}{line}\e[0m" : line);
            }
            catch (IOException)
            {
                _isGone = true;
            }
        }
    }
}

/// <summary>How prominent a line is.</summary>
internal enum DemoTone
{
    Plain,
    Alert,
    Notice,
    Good,
    Lesser,
}
