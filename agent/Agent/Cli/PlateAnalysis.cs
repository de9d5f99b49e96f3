using System.Numerics;
using System.Text.Json;
using Picket.Agent.Ingest;
using Picket.Agent.Plates;
using Picket.Agent.Plates.Grammar;
using Picket.Agent.Plates.Lists;
using Picket.Agent.Telemetry;
using Picket.Agent.Track;

namespace Picket.Agent.Cli;

/// <summary>Writes what a node's plate lane sees in one source after the other: the plates of each picture or analyzed
/// frame, and what a track reads as a whole.</summary>
internal sealed class PlateAnalysis : IPlateObserver, IDisposable
{
    /// <summary>What is left of a plate cut by the picture's edge may read well without being the plate: it is shown, but never as
    /// a sure one.</summary>
    private const float MostOfAPart = 0.49f;

    private readonly JsonLines? _lines;
    private readonly PlateLane _lane;
    private readonly PlateGate _gate;
    private readonly PlateDetection[] _found = new PlateDetection[PlateLane.MaxRead];
    private readonly PlateRead[] _reads = new PlateRead[PlateLane.MaxRead];
    private readonly long[] _trackOf = new long[PlateLane.MaxRead];
    private readonly List<(long Track, PlateStay Stay)> _ended = [];
    private string _source = "";
    private int _count;

    /// <param name="models">Lent.</param>
    /// <param name="grammar">The active plate formats.</param>
    /// <param name="lines">Lent; null to write in words.</param>
    public PlateAnalysis(PlateModels models, PlateGrammar grammar, JsonLines? lines)
    {
        _lines = lines;
        _gate = models.Gate;
        _lane = new PlateLane(
            SourceAnalysis.Camera, models, null, grammar, PlateLists.None, null, null, new CameraTelemetry(), this);
    }

    /// <summary>Something was seen for the first time: the next frame should be looked at.</summary>
    public bool HasTentative => _lane.HasTentative;

    /// <summary>Starts with another source.</summary>
    public void Begin(string source) => _source = source;

    /// <summary>Looks at a picture, which may show a plate in any size, or at the next frame of a clip or camera.</summary>
    public void Look(Frame frame, LaneEffort effort) => _lane.Look(frame, effort);

    public void Found(Frame frame, ReadOnlySpan<PlateDetection> found, ReadOnlySpan<long> tracks)
    {
        found.CopyTo(_found);
        tracks.CopyTo(_trackOf);
        _count = found.Length;
    }

    public void Read(Frame frame, int index, PlateRead read) =>
        _reads[index] = PlateReader.IsWhole(frame.Planes, _found[index]) ? read : read.AtMost(MostOfAPart);

    public void Ended(long track, in PlateStay stay, bool isReplaced)
    {
        if (!isReplaced || stay is { Agreeing: >= 2, Read.Confidence: > MostOfAPart }) _ended.Add((track, stay));
    }

    /// <summary>The plates in the last picture, the most certain text first, as the array <c>plates</c>.</summary>
    public void WriteFound(Utf8JsonWriter json, Frame frame)
    {
        json.WriteStartArray("plates");
        foreach (var i in Passing()) WriteFound(json, frame, i);
        json.WriteEndArray();
    }

    /// <summary>The same in words.</summary>
    public void PrintFound()
    {
        foreach (var i in Passing())
        {
            var (box, read) = (_found[i].Box, _reads[i]);
            Console.Out.WriteLine(
                $"  plate of {box.Width:0}x{box.Height:0} at {box.X:0},{box.Y:0}, score {box.Score:0.00}: "
                    + $"{read.Text}, confidence {read.Confidence:0.00}");
        }
    }

    /// <summary>Writes what ended with the last frame: tracks, and plates that another one replaced.</summary>
    public void WriteEnded()
    {
        foreach (var (track, stay) in _ended)
        {
            if (!_gate.Passes(stay.BestScore, stay.Read)) continue;
            if (_lines is null)
            {
                Console.Out.WriteLine(
                    $"{_source}: plate {track} from {stay.From.TotalSeconds:0.00} to {stay.To.TotalSeconds:0.00} s: "
                    + $"{stay.Read.Text}, confidence {stay.Read.Confidence:0.00}, best in frame {stay.BestFrame}");
                continue;
            }
            var json = _lines.Begin();
            json.WriteString("source", _source);
            json.WriteNumber("track", track);
            json.WriteString("kind", "plate");
            json.WriteNumber("from", JsonLines.Seconds(stay.From));
            json.WriteNumber("to", JsonLines.Seconds(stay.To));
            WriteRead(json, stay.Read);
            json.WriteNumber("bestFrame", stay.BestFrame);
            _lines.End();
        }
        _ended.Clear();
    }

    /// <summary>Ends the tracks that are still open and writes them.</summary>
    public void End()
    {
        _lane.Cut("end", DateTimeOffset.UnixEpoch);
        WriteEnded();
    }

    public void Dispose() => _lane.Dispose();

    private int[] Passing() =>
    [
        .. Enumerable.Range(0, _count)
            .Where(i => _gate.Passes(_found[i].Box.Score, _reads[i]))
            .OrderByDescending(i => _reads[i].Confidence)
            .ThenByDescending(i => _found[i].Box.Score),
    ];

    private void WriteFound(Utf8JsonWriter json, Frame frame, int index)
    {
        var (box, read) = (_found[index].Box, _reads[index]);
        Span<Vector2> corners = stackalloc Vector2[PlateCorners.Count];
        _found[index].Corners.CopyTo(corners);
        json.WriteStartObject();
        JsonLines.WriteBox(json, box, frame.Width, frame.Height);
        json.WriteNumber("score", JsonLines.Round(box.Score, 3));
        JsonLines.WritePoints(json, "corners", corners);
        WriteRead(json, read);
        json.WriteNumber("rows", read.Rows);
        if (read.Region is not null) json.WriteString("region", read.Region);
        if (_trackOf[index] > 0) json.WriteNumber("track", _trackOf[index]);
        json.WriteEndObject();
    }

    private static void WriteRead(Utf8JsonWriter json, PlateRead read)
    {
        json.WriteString("text", read.Text);
        json.WriteNumber("confidence", JsonLines.Round(read.Confidence, 3));
        json.WriteStartArray("candidates");
        foreach (var candidate in read.Candidates)
        {
            json.WriteStartObject();
            json.WriteString("text", candidate.Text);
            json.WriteNumber("confidence", JsonLines.Round(candidate.Confidence, 3));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
