using Picket.Agent.Config;
using Picket.Agent.Ingest;
using Picket.Agent.Track;

namespace Picket.Agent.Cli;

/// <summary>Analyzes one source after the other and writes what is found: a line per picture or analyzed frame, and one
/// per track at its end.</summary>
/// <param name="faces">Lent; null to look for none.</param>
/// <param name="plates">Lent; null to look for none.</param>
/// <param name="lines">Lent; null to write in words.</param>
/// <param name="every">Analyze every Nth frame; null for as often as a node does.</param>
internal sealed class SourceAnalysis(FaceAnalysis? faces, PlateAnalysis? plates, JsonLines? lines, int? every)
{
    /// <summary>Width in pixels of the smallest plate looked for; below it hardly any text can be read
    /// (70 is where that was measured).</summary>
    private const int SmallestPlate = 60;

    /// <summary>As often as a node watches a camera.</summary>
    public static readonly CameraConfig Camera = new() { Name = "analyze", Url = "", SmallestPlatePixels = SmallestPlate };

    private static readonly TimeSpan NodeInterval = TimeSpan.FromSeconds(1 / Camera.AnalysisPerSecond);

    private string _source = "";
    private DetectorPace _pace = new(NodeInterval);

    /// <summary>Starts with another source.</summary>
    public void Begin(string source)
    {
        _source = source;
        _pace.Reset();
        faces?.Begin(source);
        plates?.Begin(source);
    }

    /// <summary>Analyzes a single picture.</summary>
    public void Picture(Frame frame)
    {
        Look(frame, LaneEffort.SinglePicture);
    }

    /// <summary>Takes in the next frame of a clip or camera; analyzes it if it is its turn.</summary>
    public void Next(Frame frame)
    {
        var isNew = faces is { HasTentative: true } || plates is { HasTentative: true };
        if (every is { } n ? frame.Number % n != 0 : !_pace.IsDue(frame.Arrived, isNew)) return;
        Look(frame, LaneEffort.EveryShot);
        faces?.WriteEnded();
        plates?.WriteEnded();
    }

    /// <summary>Writes the tracks that are still open.</summary>
    public void End()
    {
        faces?.End();
        plates?.End();
    }

    private void Look(Frame frame, LaneEffort effort)
    {
        faces?.Look(frame, effort);
        plates?.Look(frame, effort);
        Write(frame);
    }

    private void Write(Frame frame)
    {
        if (lines is null)
        {
            Console.Out.WriteLine($"{_source}: frame {frame.Number} at {frame.Time.TotalSeconds:0.00} s");
            faces?.PrintFound(frame);
            plates?.PrintFound();
            return;
        }
        var json = lines.Begin();
        json.WriteString("source", _source);
        json.WriteNumber("frame", frame.Number);
        json.WriteNumber("t", JsonLines.Seconds(frame.Time));
        json.WriteNumber("width", frame.Width);
        json.WriteNumber("height", frame.Height);
        faces?.WriteFound(json, frame);
        plates?.WriteFound(json, frame);
        lines.End();
    }
}
